using ViCo.Engine;
using ViCo.Engine.Rehearsal;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;
using ViCo.Options;

namespace ViCo.Grains.Tests.Gpus;

/// <summary>Jobs of whatever tenants whose pictures one worker draws in the same passes.</summary>
public sealed class SharedDrawingTests
{
    private static readonly TenantId Other = new("zenith");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Drawings_of_different_tenants_share_passes_and_each_gets_what_it_gets_alone()
    {
        await using var cluster = await WithoutWorkerAsync(TimeSpan.FromMilliseconds(20));
        Dictionary<string, SamplingJob> jobs = [];
        for (var i = 0; i < 7; i++)
            jobs[(i % 2 == 0 ? Cluster.Tenant : Other).Key($"draw{i}")] = cluster.Drawing($"a place {i}", seed: 100 + i);
        // For these there is room, too, and they are not the first.
        jobs[Cluster.Key("other-steps")] = cluster.Drawing("a place", steps: 7);
        jobs[Cluster.Key("reproducible")] = Reproducible(cluster.Drawing("a place"));
        foreach (var (key, spec) in jobs) await SubmitAsync(cluster, key, spec);
        await cluster.Silos.StartAdditionalSiloAsync();

        foreach (var (key, spec) in jobs)
        {
            using var tenant = TenantScope.Enter(TenantId.OfKey(key));
            var job = cluster.Grains.GetGrain<IJobGrain>(key);
            var view = await Cluster.UntilEndedAsync(job);
            Assert.Equal((JobState.Succeeded, 1, null), (view.State, view.Attempt, view.Error));
            Assert.Equal(await AloneAsync(spec), await cluster.BytesAsync((await job.GetImage(0))!.Blob));
            var steps = (await Cluster.LogAsync(job)).Select(e => e.Data).OfType<SamplingStepDone>().Select(s => s.Step);
            Assert.Equal(Enumerable.Range(1, spec.Settings.Options.Get(SamplingOption.SamplingSteps)), steps);
        }
        // Six took a lane beside the one that came first.
        var lanes = await Task.WhenAll(jobs.Keys.Select(key => LaneAsync(cluster, key)));
        Assert.Equal(Enumerable.Range(2, 6), lanes.Where(lane => lane > 1).Order());
        Assert.Equal(1, await LaneAsync(cluster, Cluster.Key("other-steps")));
        Assert.Equal(1, await LaneAsync(cluster, Cluster.Key("reproducible")));
        var queue = await cluster.Queue.GetStatus();
        Assert.Equal((0, 0), (queue.Waiting.Count, queue.Running.Count));
    }

    [Fact]
    public async Task A_drawing_that_is_cancelled_does_not_hold_up_those_beside_it()
    {
        await using var cluster = await WithoutWorkerAsync(TimeSpan.FromMilliseconds(100));
        using var tenant = Cluster.AsTenant();
        for (var i = 0; i < 3; i++) await cluster.Job($"draw{i}").Submit(cluster.Drawing($"a place {i}", steps: 30));
        await cluster.Silos.StartAdditionalSiloAsync();
        await WorkerTests.UntilAsync(async () => (await cluster.Job("draw1").Get())!.Step > 2);

        Assert.True(await cluster.Job("draw1").Cancel());

        foreach (var id in new[] { "draw0", "draw2" })
        {
            var view = await Cluster.UntilEndedAsync(cluster.Job(id));
            Assert.Equal((JobState.Succeeded, 1, 1), (view.State, view.Attempt, view.Images.Count));
        }
        var canceled = (await cluster.Job("draw1").Get())!;
        Assert.Equal((JobState.Canceled, 0), (canceled.State, canceled.Images.Count));
        Assert.InRange(canceled.Step, 3, 29);
    }

    [Fact]
    public async Task What_is_wrong_with_one_drawing_fails_that_one_alone()
    {
        await using var cluster = await WithoutWorkerAsync(TimeSpan.FromMilliseconds(20));
        using var tenant = Cluster.AsTenant();
        await cluster.Blobs.WriteAsync("photos/empty.png", ReadOnlyMemory<byte>.Empty, cancellationToken: Stop);
        for (var i = 0; i < 3; i++) await cluster.Job($"draw{i}").Submit(cluster.Drawing($"a place {i}") with
        {
            ReferenceBlobs = i == 1 ? ["photos/empty.png"] : [],
        });
        await cluster.Silos.StartAdditionalSiloAsync();

        foreach (var id in new[] { "draw0", "draw2" })
            Assert.Equal((JobState.Succeeded, 1), Of(await Cluster.UntilEndedAsync(cluster.Job(id))));
        var failed = await Cluster.UntilEndedAsync(cluster.Job("draw1"));
        Assert.Equal((JobState.Failed, 1), Of(failed));
        Assert.Contains("Photo 'empty.png' is empty", failed.Error, StringComparison.Ordinal);

        static (JobState, int) Of(JobView view) => (view.State, view.Attempt);
    }

    [Fact]
    public async Task Who_comes_later_joins_between_the_passes_of_a_drawing_that_lasts()
    {
        await using var cluster = await WithoutWorkerAsync(TimeSpan.FromMilliseconds(50));
        using var tenant = Cluster.AsTenant();
        await cluster.Job("long").Submit(cluster.Drawing("a place", count: 12, steps: 20));
        await cluster.Silos.StartAdditionalSiloAsync();
        await WorkerTests.UntilAsync(async () => (await cluster.Job("long").Get())!.Step > 2);
        await cluster.Job("late").Submit(cluster.Drawing("another", count: 2, steps: 20));

        var late = await Cluster.UntilEndedAsync(cluster.Job("late"));
        var whole = await Cluster.UntilEndedAsync(cluster.Job("long"));
        Assert.Equal((JobState.Succeeded, JobState.Succeeded), (late.State, whole.State));
        Assert.True(late.Ended < whole.Ended, $"late {late.Ended}, long {whole.Ended}");
        Assert.Equal(2, await LaneAsync(cluster, Cluster.Key("late")));
        Assert.Equal(12, whole.Images.Count);
    }

    /// <summary>A cluster whose one worker comes with the next silo, when all jobs are in line.</summary>
    private static Task<Cluster> WithoutWorkerAsync(TimeSpan step) => Cluster.StartAsync(
        ["control", "gpu"], fakeClock: false, step: step, started: 1, settings: new() { ["ViCo:Leases:ShareAfter"] = "00:00:00" });

    private static async Task SubmitAsync(Cluster cluster, string key, SamplingJob spec)
    {
        using var tenant = TenantScope.Enter(TenantId.OfKey(key));
        Assert.Null((await cluster.Grains.GetGrain<IJobGrain>(key).Submit(spec)).Problem);
    }

    private static SamplingJob Reproducible(SamplingJob spec) =>
        spec with { Settings = spec.Settings with { Options = spec.Settings.Options.With(SamplingOption.Reproducible, true) } };

    /// <summary>The lane of its worker in which a job ran.</summary>
    private static async Task<int> LaneAsync(Cluster cluster, string key)
    {
        using var tenant = TenantScope.Enter(TenantId.OfKey(key));
        var worker = (await Cluster.LogAsync(cluster.Grains.GetGrain<IJobGrain>(key))).Select(e => e.Data).OfType<StateChanged>()
            .Single(s => s.State == JobState.Running).Reason!;
        return worker.LastIndexOf('~') is >= 0 and var cut ? int.Parse(worker[(cut + 1)..]) : 1;
    }

    private static async Task<byte[]> AloneAsync(SamplingJob spec)
    {
        await using var engine = new RehearsalEngine();
        var request = new GenerationRequest(null, [], spec.Settings.Prompt, [spec.Settings.Seed]) { Options = spec.Settings.Options };
        return (await engine.GenerateAsync(request, new Silent(), Stop))[0].Png.ToArray();
    }

    private sealed class Silent : IGenerationObserver
    {
        public void OnStep(int step, int steps)
        {
        }
    }
}
