using ViCo.Grains.Jobs;
using ViCo.Grains.Tests.Gpus;

namespace ViCo.Grains.Tests.Storage;

/// <summary>Real grains and workers while the storage fails: before a call is done, and after, when nobody can know.</summary>
public sealed class StorageFaultTests
{
    [Theory]
    [InlineData(0.05, 1)]
    [InlineData(0.25, 2)]
    public async Task Storage_that_fails_now_and_then_loses_doubles_and_bends_nothing(double rate, int seed)
    {
        FaultyBlobStore? faults = null;
        await using var cluster = await Cluster.StartAsync(
            ["control,gpu"], fakeClock: false, step: TimeSpan.FromMilliseconds(2), wrap: inner => faults = new(inner, rate, seed)
            {
                Armed = false,
            });
        using var tenant = Cluster.AsTenant();
        var concept = await cluster.NewConceptAsync("teapot");
        faults!.Armed = true;
        for (var i = 0; i < 4; i++) await InsistAsync(async () =>
            Assert.Null((await concept.Train($"job{i}", Asking.Steps(60 + i))).Problem));
        foreach (var i in Enumerable.Range(0, 4)) await Cluster.UntilEndedAsync(cluster.Job($"job{i}"), TimeSpan.FromMinutes(2));
        faults.Armed = false;

        Assert.True(faults.Faults >= 3, $"{faults.Faults} faults");
        foreach (var i in Enumerable.Range(0, 4))
        {
            var job = cluster.Job($"job{i}");
            // What stands is what is stored, not what an activation believes.
            await cluster.Silos.DeactivateAsync(job);
            var view = (await job.Get())!;
            Assert.True(view.State == JobState.Succeeded, $"{view.State}: {view.Error}");
            var log = await Cluster.LogAsync(job);
            Assert.Equal(Enumerable.Range(1, log.Count).Select(n => (long)n), log.Select(e => e.Seq));
            Assert.Equal(Enumerable.Range(1, 60 + i), log.Select(e => e.Data).OfType<StepDone>().Select(s => s.Step));
            Assert.Single(log, e => e.Data is StateChanged { State: JobState.Succeeded });
            Assert.Contains((await concept.Get())!.Checkpoints, c => c.Step == 60 + i && c.JobId == $"job{i}");
        }
        var last = (await concept.Get())!.Checkpoints[^1];
        Assert.Equal(await WorkerTests.ExpectedCheckpointAsync(63), await cluster.BytesAsync(last.Blob));
        await cluster.Silos.DeactivateAsync(cluster.Queue);
        await WorkerTests.UntilAsync(async () => (await cluster.NamesAsync("queue/")).Count == 0);
    }

    [Fact]
    public async Task After_storage_was_away_for_long_a_worker_goes_on_with_a_new_attempt_never_with_its_old_one()
    {
        FaultyBlobStore? faults = null;
        await using var cluster = await Cluster.StartAsync(
            ["control,gpu"], fakeClock: false, step: TimeSpan.FromMilliseconds(5), wrap: inner => faults = new(inner, rate: 1, seed: 1)
            {
                Armed = false,
            },
            settings: new() { ["ViCo:Leases:Duration"] = "00:00:01", ["ViCo:Leases:RenewEvery"] = "00:00:00.2" });
        using var tenant = Cluster.AsTenant();
        await (await cluster.NewConceptAsync("teapot")).Train("outlives", Asking.Steps(300));
        var job = cluster.Job("outlives");
        await WorkerTests.UntilAsync(async () => (await job.Get())!.Step > 60);
        faults!.Armed = true;
        await Task.Delay(TimeSpan.FromSeconds(8), TestContext.Current.CancellationToken);
        faults.Armed = false;

        var view = await Cluster.UntilEndedAsync(job);
        Assert.Equal(JobState.Succeeded, view.State);
        Assert.True(view.Attempt >= 2, "the outage was too short");
        var log = await Cluster.LogAsync(job);
        Assert.Equal(Enumerable.Range(1, view.Attempt), log.Where(e => e.Data is StateChanged { State: JobState.Running })
            .Select(e => e.Attempt));
        Assert.Equal(Enumerable.Range(1, 300), log.Select(e => e.Data).OfType<StepDone>().Select(s => s.Step));
    }

    [Fact]
    public async Task A_killed_silo_takes_neither_queue_nor_jobs_with_it()
    {
        await using var cluster =
            await Cluster.StartAsync(["control", "control", "gpu"], fakeClock: false, step: TimeSpan.FromMilliseconds(4));
        using var tenant = Cluster.AsTenant();
        var concept = await cluster.NewConceptAsync("teapot");
        for (var i = 0; i < 3; i++) await concept.Train($"job{i}", Asking.Steps(200 + i));
        await WorkerTests.UntilAsync(async () => (await cluster.Job("job0").Get())!.Step > 20);

        var home = (await cluster.ActivationsAsync()).Single(g => g.Type.Contains("GpuQueue", StringComparison.Ordinal)).Silo;
        Assert.NotEqual("Silo_2", cluster.Silos.GetSiloForAddress(home)!.Name);
        await cluster.Silos.KillSiloAsync(cluster.Silos.GetSiloForAddress(home)!, TestContext.Current.CancellationToken);

        for (var i = 0; i < 3; i++)
        {
            var job = cluster.Job($"job{i}");
            JobView? view = null;
            await InsistAsync(async () => view = await Cluster.UntilEndedAsync(job, TimeSpan.FromMinutes(2)));
            Assert.True(view!.State == JobState.Succeeded, $"{view.State}: {view.Error}");
            Assert.Equal(Enumerable.Range(1, 200 + i), (await Cluster.LogAsync(job)).Select(e => e.Data).OfType<StepDone>()
                .Select(s => s.Step));
        }
    }

    /// <summary>What a client does: repeat what was not answered.</summary>
    private static async Task InsistAsync(Func<Task> call)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                await call();
                return;
            }
            catch (Exception e) when (e is not Xunit.Sdk.IAssertionException && tries < 100)
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }
    }
}
