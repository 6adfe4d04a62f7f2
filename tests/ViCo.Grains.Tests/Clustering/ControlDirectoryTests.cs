using ViCo.Grains.Tests.Gpus;

namespace ViCo.Grains.Tests.Clustering;

/// <summary>The directory that control silos keep.</summary>
public sealed class ControlDirectoryTests
{
    private const int Jobs = 60;

    private static readonly Dictionary<string, string?> _own = new() { [Cluster.ControlDirectory] = "true" };

    [Fact]
    public async Task No_grain_is_active_twice_while_control_silos_come_and_go()
    {
        await using var cluster = await Cluster.StartAsync(["control", "control", "control", "control"], settings: _own, started: 2);
        using var tenant = Cluster.AsTenant();
        await CallAllAsync(cluster);
        await AssertEachOnceAsync(cluster);

        // A third one is keeper of a third from now on, and knows nothing of it at first.
        var third = await cluster.Silos.StartAdditionalSiloAsync();
        await CallAllAsync(cluster);
        await AssertEachOnceAsync(cluster);

        await cluster.Silos.StopSiloAsync(third, TestContext.Current.CancellationToken);
        await CallAllAsync(cluster);
        await AssertEachOnceAsync(cluster);
        await cluster.Silos.StartAdditionalSiloAsync();
        await CallAllAsync(cluster);
        await AssertEachOnceAsync(cluster);
    }

    private static Task CallAllAsync(Cluster cluster) => Task.WhenAll(Enumerable.Range(0, Jobs).Select(async i =>
    {
        using var tenant = Cluster.AsTenant();
        await cluster.Job($"job{i}").Get();
    }));

    private static async Task AssertEachOnceAsync(Cluster cluster) => await WorkerTests.UntilAsync(async () =>
        (await cluster.ActivationsAsync()).Count(g => g.Type.Contains("JobGrain", StringComparison.Ordinal)) == Jobs);
}
