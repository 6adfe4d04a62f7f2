using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using ViCo.Engine;
using ViCo.Engine.Rehearsal;
using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Options;
using ViCo.Silo.Gpus;

namespace ViCo.Grains.Tests.Gpus;

/// <summary>
/// Real workers with the rehearsal engine, whose checkpoint is a hash chain over every step: a lost, repeated or reordered step shows.
/// </summary>
public sealed class WorkerTests
{
    [Fact]
    public async Task Train_then_sample_goes_from_photos_to_pictures()
    {
        await using var cluster = await Cluster.StartAsync(["control,gpu"], fakeClock: false);
        using var tenant = Cluster.AsTenant();
        var concept = await cluster.NewConceptAsync("teapot");
        Assert.Null((await concept.Train("train", Asking.Steps(120))).Problem);
        var trained = await Cluster.UntilEndedAsync(cluster.Job("train"));
        Assert.Equal((JobState.Succeeded, 1, 120, null), (trained.State, trained.Attempt, trained.Step, trained.Error));

        var view = (await concept.Get())!;
        Assert.Equal([50, 100, 120], view.Checkpoints.Select(c => c.Step));
        Assert.Equal((120, "train"), (view.DefaultStep, view.TrainingJob));
        foreach (var checkpoint in view.Checkpoints)
        {
            Assert.Equal(checkpoint.Digest, Convert.ToHexStringLower(SHA256.HashData(await cluster.BytesAsync(checkpoint.Blob))));
        }
        Assert.Equal(await ExpectedCheckpointAsync(120), await cluster.BytesAsync(view.Checkpoints[^1].Blob));
        // Of the resume points the last one stays: more steps go on from there.
        var kept = Assert.Single(await cluster.NamesAsync("tenants/"), name => name.Contains("/resume/", StringComparison.Ordinal));
        Assert.EndsWith("/step-000120.bin", kept, StringComparison.Ordinal);

        Assert.Null((await concept.Sample("draw", Asking.Pictures("a * on the beach", count: 6, seed: 9, samplingSteps: 5))).Problem);
        var drawn = await Cluster.UntilEndedAsync(cluster.Job("draw"));
        Assert.Equal(JobState.Succeeded, drawn.State);
        Assert.Equal(Enumerable.Range(0, 6).Select(i => $"draw-{i}"), drawn.Images.Order());
        Assert.Equal(10, drawn.Steps);
        for (var i = 0; i < 6; i++)
        {
            var image = (await cluster.Job("draw").GetImage(i))!;
            Assert.Equal(9 + i, image.Seed);
            Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], (await cluster.BytesAsync(image.Blob))[..4]);
        }
        Assert.Null(await cluster.Job("draw").GetImage(6));
        var log = await Cluster.LogAsync(cluster.Job("draw"));
        Assert.Equal(Enumerable.Range(1, 10), log.Select(e => e.Data).OfType<SamplingStepDone>().Select(s => s.Step));
    }

    [Fact]
    public async Task Twenty_steps_and_twenty_more_are_forty_at_once()
    {
        await using var cluster = await Cluster.StartAsync(["control,gpu"], fakeClock: false);
        using var tenant = Cluster.AsTenant();
        var concept = await cluster.NewConceptAsync("teapot");
        await concept.Train("first", Asking.Steps(20));
        Assert.Equal(JobState.Succeeded, (await Cluster.UntilEndedAsync(cluster.Job("first"))).State);
        var blob = Assert.Single(await cluster.NamesAsync("tenants/"), name => name.Contains("/resume/", StringComparison.Ordinal));
        var point = new ResumeBlob(20, blob, Convert.ToHexStringLower(SHA256.HashData(await cluster.BytesAsync(blob))));

        var spec = (TrainingJob)(await cluster.Job("first").GetSpec())!;
        await cluster.Job("more").Submit(spec with { Settings = Asking.Steps(40), From = point });
        Assert.Equal(JobState.Succeeded, (await Cluster.UntilEndedAsync(cluster.Job("more"))).State);
        var steps = (await Cluster.LogAsync(cluster.Job("more"))).Select(e => e.Data).OfType<StepDone>().Select(s => s.Step);
        Assert.Equal(Enumerable.Range(21, 20), steps);
        var last = Assert.Single(await cluster.NamesAsync("tenants/"), name =>
            name.EndsWith("checkpoints/step-000040.safetensors", StringComparison.Ordinal));
        Assert.Equal(await ExpectedCheckpointAsync(40), await cluster.BytesAsync(last));

        // A point that is damaged is not gone on from, and no attempt is wasted on it.
        await cluster.Job("damaged").Submit(spec with { Settings = Asking.Steps(40), From = point with { Digest = "0" } });
        var failed = await Cluster.UntilEndedAsync(cluster.Job("damaged"));
        Assert.Equal((JobState.Failed, 1), (failed.State, failed.Attempt));
        Assert.Contains("missing or damaged", failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_submitted_job_starts_within_half_a_second()
    {
        await using var cluster = await Cluster.StartAsync(["control,gpu"], fakeClock: false);
        using var tenant = Cluster.AsTenant();
        var concept = await cluster.NewConceptAsync("teapot");
        await concept.Train("warm-up", Asking.Steps(1));
        await Cluster.UntilEndedAsync(cluster.Job("warm-up"));

        List<double> waits = [];
        for (var i = 0; i < 10; i++)
        {
            await Task.Delay(700, TestContext.Current.CancellationToken);      // the worker idles at its longest interval
            await concept.Train($"quick{i}", Asking.Steps(1));
            var view = await Cluster.UntilEndedAsync(cluster.Job($"quick{i}"));
            waits.Add((view.Started!.Value - view.Submitted).TotalMilliseconds);
        }
        waits.Sort();
        Assert.True(waits[^2] < 500, $"submitted to started: {string.Join(", ", waits.Select(w => $"{w:F0}"))} ms");
    }

    [Fact]
    public async Task A_cancelled_training_stops_within_moments()
    {
        await using var cluster = await Cluster.StartAsync(["control,gpu"], fakeClock: false, step: TimeSpan.FromMilliseconds(20));
        using var tenant = Cluster.AsTenant();
        var concept = await cluster.NewConceptAsync("teapot");
        await concept.Train("long", Asking.Steps(100_000));
        await UntilAsync(async () => (await cluster.Job("long").Get())!.Step > 5);
        Assert.True(await cluster.Job("long").Cancel());
        var seq = (await cluster.Job("long").Get())!.LastSeq;

        // The worker is free again when the next job gets done.
        await concept.Train("next", Asking.Steps(1));
        Assert.Equal(JobState.Succeeded, (await Cluster.UntilEndedAsync(cluster.Job("next"), TimeSpan.FromSeconds(10))).State);
        Assert.Equal(seq, (await cluster.Job("long").Get())!.LastSeq);
    }

    [Fact]
    public async Task A_concept_deleted_while_it_trains_leaves_nothing_behind()
    {
        await using var cluster = await Cluster.StartAsync(["control,gpu"], fakeClock: false, step: TimeSpan.FromMilliseconds(5));
        using var tenant = Cluster.AsTenant();
        for (var i = 0; i < 3; i++)
        {
            var concept = await cluster.NewConceptAsync($"pot{i}");
            await concept.Train($"train{i}", Asking.Steps(100_000));
            await UntilAsync(async () => (await cluster.Job($"train{i}").Get())?.Step > 20 + (7 * i));
            Assert.Equal(Outcome.Done, await concept.Delete());
        }
        var last = await cluster.NewConceptAsync("last");
        await last.Train("short", Asking.Steps(1));
        Assert.Equal(JobState.Succeeded, (await Cluster.UntilEndedAsync(cluster.Job("short"), TimeSpan.FromSeconds(20))).State);
        // What the trainings used of the devices is paid for all the same.
        Assert.DoesNotContain(await cluster.NamesAsync(""), name => !name.StartsWith("tenants/acme/used/", StringComparison.Ordinal)
            && (name.Contains("pot", StringComparison.Ordinal) || name.Contains("train", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_silo_that_is_stopped_hands_its_training_on_at_a_step_boundary()
    {
        await using var cluster =
            await Cluster.StartAsync(["control", "gpu", "gpu"], fakeClock: false, step: TimeSpan.FromMilliseconds(10));
        using var tenant = Cluster.AsTenant();
        var concept = await cluster.NewConceptAsync("teapot");
        await concept.Train("handed-on", Asking.Steps(300));
        var job = cluster.Job("handed-on");
        await UntilAsync(async () => (await job.Get())!.Step > 30);

        var worker = ((await Cluster.LogAsync(job)).Select(e => e.Data).OfType<StateChanged>().Last(s => s.State == JobState.Running))
            .Reason!;
        var busy = cluster.Silos.Silos.Single(s => worker.Contains($" {s.Name}/", StringComparison.Ordinal));
        await cluster.Silos.StopSiloAsync(busy, TestContext.Current.CancellationToken);
        var view = await Cluster.UntilEndedAsync(job);

        Assert.Equal((JobState.Succeeded, 2, 300), (view.State, view.Attempt, view.Step));
        var log = await Cluster.LogAsync(job);
        Assert.Contains(log, e => e.Data is StateChanged { State: JobState.Queued, Reason: { } why }
            && why.Contains("shuts down", StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(1, 300), log.Select(e => e.Data).OfType<StepDone>().Select(s => s.Step));
        var checkpoint = (await concept.Get())!.Checkpoints[^1];
        Assert.Equal(await ExpectedCheckpointAsync(300), await cluster.BytesAsync(checkpoint.Blob));
    }

    [Fact]
    public async Task A_photo_that_is_gone_fails_the_job_with_words_not_with_attempts()
    {
        await using var cluster = await Cluster.StartAsync(["control,gpu"], fakeClock: false);
        using var tenant = Cluster.AsTenant();
        await cluster.Job("no-photo").Submit(cluster.Training(3) with { PhotoBlobs = ["gone/IMG_1.png"] });
        var view = await Cluster.UntilEndedAsync(cluster.Job("no-photo"));
        Assert.Equal((JobState.Failed, 1), (view.State, view.Attempt));
        Assert.Contains("IMG_1.png", view.Error);
    }

    [Fact]
    public async Task A_photo_that_is_gone_is_called_what_its_user_called_it()
    {
        await using var cluster = await Cluster.StartAsync(["control,gpu"], fakeClock: false);
        using var tenant = Cluster.AsTenant();
        var concept = await cluster.NewConceptAsync("teapot");
        await cluster.Blobs.DeleteAsync((await concept.Get())!.Photos[1].Blob, cancellationToken: TestContext.Current.CancellationToken);
        await concept.Train("no-photo", Asking.Steps(3));
        var view = await Cluster.UntilEndedAsync(cluster.Job("no-photo"));
        Assert.Equal((JobState.Failed, "The photo 'IMG_1.png' is not there any more."), (view.State, view.Error));
    }

    [Fact]
    public async Task A_training_that_diverges_fails_at_once_and_is_not_tried_again()
    {
        await using var cluster = await Cluster.StartAsync();
        using var tenant = Cluster.AsTenant();
        var concept = await cluster.NewConceptAsync("teapot");
        await concept.Train("diverges", Asking.Steps(9));
        var worker = Cluster.Worker("silo");
        var lease = (await cluster.Queue.Lease(worker))!;
        await using var engine = new DivergingEngine(atStep: 3);
        var place = new Workplace("silo", cluster.Grains, cluster.Blobs, new(), TimeProvider.System);
        await new LeasedRun(lease, worker, engine, place, NullLogger.Instance)
            .RunAsync(TestContext.Current.CancellationToken);

        var view = (await cluster.Job("diverges").Get())!;
        Assert.Equal((JobState.Failed, 1, 2), (view.State, view.Attempt, view.Step));
        Assert.Contains("Step 3: the engine reports a number that is not finite (loss NaN", view.Error, StringComparison.Ordinal);
        Assert.Equal("not-finite",
            Assert.Single((await Cluster.LogAsync(cluster.Job("diverges"))).Select(e => e.Data).OfType<ErrorRaised>()).Code);
        Assert.Equal(JobState.Failed, Assert.Single((await concept.GetRuns())!).Ended);
        Assert.Null(await cluster.Queue.Lease(worker));
    }

    [Fact]
    public async Task An_engine_that_hangs_loses_its_lease_and_its_silo_says_so()
    {
        await using var cluster = await Cluster.StartAsync(["control,gpu"], fakeClock: false, step: TimeSpan.FromMinutes(5), settings: new()
        {
            ["ViCo:Leases:SilenceBeforeFirstStep"] = "00:00:01", ["ViCo:Leases:RenewEvery"] = "00:00:00.2",
        });
        using var tenant = Cluster.AsTenant();
        var concept = await cluster.NewConceptAsync("teapot");
        await concept.Train("hangs", Asking.Steps(3));
        // Its lease would last half a minute more.
        await UntilAsync(async () => (await Cluster.LogAsync(cluster.Job("hangs"))).Any(e =>
            e.Data is StateChanged { State: JobState.Queued, Reason: { } why } && why.Contains("went silent", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Sampling_interrupts_a_long_training_and_both_finish()
    {
        await using var cluster =
            await Cluster.StartAsync(["control,gpu"], fakeClock: false, step: TimeSpan.FromMilliseconds(10), settings: new()
        {
            // Renewed often, lost never: however slow the machine, nothing but the sampling takes the training's lease.
            ["ViCo:Leases:Duration"] = "00:01:00", ["ViCo:Leases:RenewEvery"] = "00:00:00.25",
            ["ViCo:Leases:PauseTrainingAfter"] = "00:00:00.25",
        });
        using var tenant = Cluster.AsTenant();
        var concept = await cluster.NewConceptAsync("teapot");
        await concept.Train("first", Asking.Steps(50));
        await Cluster.UntilEndedAsync(cluster.Job("first"));
        await concept.Train("long", Asking.Steps(400));
        await UntilAsync(async () => (await cluster.Job("long").Get())!.Step > 10);
        await concept.Sample("draw", Asking.Pictures("a *", count: 1, samplingSteps: 2));

        var drawn = await Cluster.UntilEndedAsync(cluster.Job("draw"));
        var view = await Cluster.UntilEndedAsync(cluster.Job("long"));
        Assert.Equal((JobState.Succeeded, JobState.Succeeded, 2), (drawn.State, view.State, view.Attempt));
        Assert.True(drawn.Ended < view.Ended, $"drawn at {drawn.Ended}, trained at {view.Ended}");
        Assert.Contains(await Cluster.LogAsync(cluster.Job("long")), e => e.Data is StateChanged { State: JobState.Queued, Reason: { } why }
            && why.Contains("sampling goes first", StringComparison.Ordinal));
        Assert.Equal(await ExpectedCheckpointAsync(400), await cluster.BytesAsync((await concept.Get())!.Checkpoints[^1].Blob));
    }

    /// <summary>What an uninterrupted training makes of the photos of <see cref="Cluster.NewConceptAsync"/>.</summary>
    internal static async Task<byte[]> ExpectedCheckpointAsync(int steps)
    {
        await using var engine = new RehearsalEngine();
        var last = new LastCheckpoint();
        await engine.TrainAsync(new(
            [new("photo0.png", new byte[] { 1, 2, 0 }), new("photo1.png", new byte[] { 1, 2, 1 })], "teapot", OptionValues.None
                .With(TrainingOption.Steps, steps)),
            last, CancellationToken.None);
        return last.Content!;
    }

    internal static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await holds()) await Task.Delay(20, limit.Token);
    }

    private sealed class LastCheckpoint : ITrainingObserver
    {
        public byte[]? Content { get; private set; }

        public bool PauseRequested => false;

        public void OnStart(TrainingStart start)
        {
        }

        public void OnStep(TrainingStep step)
        {
        }

        public void OnWarning(string message)
        {
        }

        public void OnCheckpoint(int step, Action<Stream> write)
        {
            using var stream = new MemoryStream();
            write(stream);
            Content = stream.ToArray();
        }

        public void OnResumePoint(int step, Action<Stream> write)
        {
        }

        public void OnPreview(int step, ReadOnlyMemory<byte> png)
        {
        }
    }
}
