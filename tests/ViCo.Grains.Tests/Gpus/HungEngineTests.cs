using Microsoft.Extensions.Logging.Abstractions;
using ViCo.Silo.Gpus;

namespace ViCo.Grains.Tests.Gpus;

/// <summary>An engine that hangs keeps nothing to itself.</summary>
public sealed class HungEngineTests
{
    [Fact]
    public async Task What_a_hung_engine_had_runs_elsewhere_long_before_its_lease_ends_and_its_silo_is_told()
    {
        await using var cluster = await Cluster.StartAsync(fakeClock: false);
        using var tenant = Cluster.AsTenant();
        await (await cluster.NewConceptAsync("teapot")).Train("hangs", Asking.Steps(3));
        var lease = (await cluster.Queue.Lease(Cluster.Worker("a")))!;
        await using var engine = new HungEngine();
        var place = new Workplace("a", cluster.Grains, cluster.Blobs,
            new() { SilenceBeforeFirstStep = TimeSpan.FromSeconds(1), Duration = TimeSpan.FromMinutes(10) }, TimeProvider.System);
        var hangs = "";                                         // what /healthz answers 503 with
        var run = new LeasedRun(lease, Cluster.Worker("a"), engine, place, NullLogger.Instance) { Hangs = what => hangs = what }
            .RunAsync(TestContext.Current.CancellationToken);

        await WorkerTests.UntilAsync(async () => await cluster.Queue.Lease(Cluster.Worker("b")) is { Attempt: 2 });
        Assert.Contains("the engine has reported nothing for", hangs, StringComparison.Ordinal);
        Assert.False(run.IsCompleted);
    }
}
