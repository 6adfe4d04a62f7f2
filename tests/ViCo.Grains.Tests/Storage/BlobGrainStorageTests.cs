using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Tests.Storage;

public sealed class BlobGrainStorageTests : IDisposable
{
    private static readonly GrainId Id = GrainId.Create("thing", "acme/one");

    private readonly TempFolder _folder = new();
    private readonly BlobGrainStorage _storage;

    public BlobGrainStorageTests() => _storage = new(new FolderBlobStore(_folder.Path));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_one_activation_wrote_the_next_reads()
    {
        var first = await ReadAsync();
        Assert.False(first.RecordExists);
        first.State = new() { Revision = 1, Value = "a" };
        await _storage.WriteStateAsync("thing", Id, first);
        var second = await ReadAsync();
        Assert.Equal((true, "a", 1, first.ETag), (second.RecordExists, second.State!.Value, second.State.Revision, second.ETag));
    }

    [Fact]
    public async Task Of_two_activations_that_read_the_same_one_may_write_or_clear()
    {
        var (a, b) = (await ReadAsync(), await ReadAsync());
        a.State = new() { Revision = 1, Value = "a" };
        b.State = new() { Revision = 1, Value = "b" };
        await _storage.WriteStateAsync("thing", Id, a);
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.WriteStateAsync("thing", Id, b));

        b = await ReadAsync();
        a.State = new() { Revision = 2, Value = "a2" };
        await _storage.WriteStateAsync("thing", Id, a);
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.ClearStateAsync("thing", Id, b));
        Assert.Equal("a2", (await ReadAsync()).State!.Value);

        await _storage.ClearStateAsync("thing", Id, a);
        Assert.False((await ReadAsync()).RecordExists);
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.WriteStateAsync("thing", Id, b));
    }

    private async Task<GrainState<Saved<string>>> ReadAsync()
    {
        var state = new GrainState<Saved<string>>();
        await _storage.ReadStateAsync("thing", Id, state);
        return state;
    }
}
