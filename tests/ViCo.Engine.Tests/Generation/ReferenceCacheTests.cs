using ViCo.Engine.Generation;
using ViCo.Engine.Methods.Parts;

namespace ViCo.Engine.Tests.Generation;

public sealed class ReferenceCacheTests
{
    [Fact]
    public void A_cache_holds_no_more_than_its_bound_and_lets_the_longest_unused_go()
    {
        using var scope = NewDisposeScope();
        var one = Features();
        var bytes = one.Bytes;
        one.Dispose();
        var cache = new ReferenceCache(2 * bytes);
        var computed = new List<string>();
        foreach (var key in new[] { "a", "b", "a", "c", "a", "b" })
        {
            cache.Get(key, () =>
            {
                computed.Add(key);
                return Features();
            });
            Assert.InRange(cache.Bytes, bytes, 2 * bytes);
        }

        Assert.Equal(["a", "b", "c", "b"], computed);
        cache.Clear();
        Assert.Equal(0, cache.Bytes);
    }

    private static ReferenceFeatures Features() =>
        ReferenceFeatures.Record([8], pass => pass.AfterTextBlock(8, zeros(1, 4, 8), zeros(1, 4, 77)));
}
