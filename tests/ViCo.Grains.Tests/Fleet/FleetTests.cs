using ViCo.Grains.Fleet;
using ViCo.Grains.Gpus;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tests.Gpus;

namespace ViCo.Grains.Tests.Fleet;

/// <summary>What a silo was told holds, whoever is restarted.</summary>
public sealed class FleetTests
{
    [Fact]
    public async Task A_cordoned_silo_gets_no_new_work_until_it_is_taken_back()
    {
        await using var cluster = await Cluster.StartAsync();
        using var tenant = Cluster.AsTenant();
        var fleet = cluster.Grains.GetGrain<IFleetGrain>(IGpuQueueGrain.DefaultPool);
        Assert.Null(await fleet.Change("a", SiloState.Cordoned));

        await cluster.NewTrainingAsync("first");
        await cluster.NewTrainingAsync("second");
        var lease = (await cluster.Queue.Lease(Cluster.Worker("a")))!;
        Assert.Equal(SiloState.Cordoned, (await fleet.Change("a", SiloState.Cordoned))!.State);
        // What runs there goes on, and is told again to who lost the answer.
        Assert.Equal(lease.Attempt, (await cluster.Queue.Lease(Cluster.Worker("a")))!.Attempt);
        Assert.Equal(LeaseState.Kept, await cluster.Queue.Renew(lease.JobKey, lease.Attempt, Cluster.Worker("a").Id));
        await cluster.Job("first").Cancel();

        for (var restarts = 0; restarts < 3; restarts++)
        {
            Assert.Null(await cluster.Queue.Lease(Cluster.Worker("a", $"{restarts}")));
            var silo = Assert.Single(await fleet.GetSilos());
            Assert.Equal(("a", SiloState.Cordoned, true), (silo.Name, silo.State, silo.Removable));
            await cluster.Silos.DeactivateAsync(cluster.Queue);
            if (restarts > 0) await cluster.Silos.DeactivateAsync(fleet);
        }
        Assert.Equal(WaitsFor.Workers, (await ExplainAfterLeaseAsync(cluster, "a"))!.WaitsFor);
        Assert.Equal(SiloState.Active, (await fleet.Change("a", SiloState.Active))!.State);
        Assert.Equal(Cluster.Key("second"), (await cluster.Queue.Lease(Cluster.Worker("a")))!.JobKey);
    }

    [Fact]
    public async Task A_drained_silo_hands_its_training_on_and_says_when_it_is_empty()
    {
        await using var cluster =
            await Cluster.StartAsync(["control", "gpu", "gpu"], fakeClock: false, step: TimeSpan.FromMilliseconds(10));
        using var tenant = Cluster.AsTenant();
        var fleet = cluster.Grains.GetGrain<IFleetGrain>(IGpuQueueGrain.DefaultPool);
        var concept = await cluster.NewConceptAsync("teapot");
        await concept.Train("moves", Asking.Steps(500));
        await WorkerTests.UntilAsync(async () => (await cluster.Job("moves").Get())!.Step > 20);
        var busy = (await fleet.GetSilos()).Single(s => s.Running.Count > 0);
        Assert.False(busy.Running[0].Interactive);

        await fleet.Change(busy.Name, SiloState.Draining);
        await WorkerTests.UntilAsync(async () => (await fleet.GetSilos()).Single(s => s.Name == busy.Name).Removable);
        var view = await Cluster.UntilEndedAsync(cluster.Job("moves"));
        Assert.Equal((JobState.Succeeded, 2), (view.State, view.Attempt));
        var log = await Cluster.LogAsync(cluster.Job("moves"));
        Assert.Contains(log, e => e.Data is StateChanged { State: JobState.Queued, Reason: { } why }
            && why.Contains("drained", StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(1, 500), log.Select(e => e.Data).OfType<StepDone>().Select(s => s.Step));
    }

    [Fact]
    public async Task A_silo_that_is_gone_is_forgotten_and_one_that_is_there_is_not()
    {
        await using var cluster = await Cluster.StartAsync();
        var fleet = cluster.Grains.GetGrain<IFleetGrain>(IGpuQueueGrain.DefaultPool);
        await cluster.Queue.Lease(Cluster.Worker("a"));
        await fleet.Change("a", SiloState.Draining);
        Assert.NotEmpty((await fleet.Remove("a"))!.Workers);
        Assert.Equal(SiloState.Draining, Assert.Single(await fleet.GetSilos()).State);

        cluster.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Empty((await fleet.Remove("a"))!.Workers);
        Assert.Empty(await fleet.GetSilos());
        Assert.Null(await fleet.Remove("a"));
    }

    [Fact]
    public void Leases_of_a_dead_silo_are_lost_at_once_and_no_others()
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var line = new GpuLine(new(), now);
        foreach (var (job, worker) in new[] { ("a/one", "dead/gpu0#1"), ("a/two", "dead/gpu1#1"), ("a/three", "dead-not/gpu0#1") })
        {
            line.Enqueue(new(job, 1, false, now), now);
            Assert.Equal(job, line.Lease(worker, now).Lease?.JobKey);
        }
        Assert.Equal(["a/one", "a/two"], line.LoseSilo("dead", now).Select(l => l.JobKey).Order());
        Assert.Equal("a/three", Assert.Single(line.RunningLeases()).JobKey);
    }

    [Fact]
    public async Task With_an_autoscaler_spare_silos_rest_and_what_waits_wakes_them()
    {
        await using var cluster = await Cluster.StartAsync(settings: new() { ["ViCo:Fleet:Autoscaled"] = "true" });
        using var tenant = Cluster.AsTenant();
        var fleet = cluster.Grains.GetGrain<IFleetGrain>(IGpuQueueGrain.DefaultPool);
        foreach (var silo in new[] { "gpu-0", "gpu-1", "gpu-2" }) Assert.Null(await cluster.Queue.Lease(Cluster.Worker(silo)));
        Assert.Equal(3, (await fleet.GetScaling()).Devices);

        cluster.Clock.Advance(new FleetOptions().Calm + TimeSpan.FromSeconds(1));
        foreach (var silo in new[] { "gpu-0", "gpu-1", "gpu-2" }) Assert.Null(await cluster.Queue.Lease(Cluster.Worker(silo)));
        var calm = await fleet.GetScaling();
        Assert.Equal((1, "gpu-1 gpu-2"), (calm.Devices, string.Join(' ', calm.Silos.Where(s => s.Removable).Select(s => s.Name))));

        await cluster.NewTrainingAsync("one");
        await cluster.NewTrainingAsync("two");
        Assert.Null(await cluster.Queue.Lease(Cluster.Worker("gpu-2")));
        Assert.Equal(2, (await fleet.GetScaling()).Devices);
        Assert.NotNull(await cluster.Queue.Lease(Cluster.Worker("gpu-1")));
        Assert.Null(await cluster.Queue.Lease(Cluster.Worker("gpu-2")));
        Assert.NotNull(await cluster.Queue.Lease(Cluster.Worker("gpu-0")));
    }

    private static async Task<QueuePlace?> ExplainAfterLeaseAsync(Cluster cluster, string silo)
    {
        Assert.Null(await cluster.Queue.Lease(Cluster.Worker(silo)));
        return await cluster.Queue.Explain(Cluster.Key("second"));
    }
}
