using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Tests.Concepts;

public sealed class RunTests : IAsyncLifetime
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Cluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await Cluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Learning_again_overwrites_nothing_and_a_bare_step_is_the_defaults()
    {
        using var tenant = Cluster.AsTenant();
        var concept = await TrainedAsync("one", "two");

        var runs = (await concept.GetRuns())!;
        Assert.Equal(["two", "one"], runs.Select(r => r.Id));
        Assert.All(runs, r => Assert.Equal([1, 2], r.Checkpoints.Select(c => c.Step)));
        Assert.Equal("one2", (await concept.FindCheckpoint(new("one", 2)))!.Digest);
        Assert.Equal("two2", (await concept.FindCheckpoint(new(null, 2)))!.Digest);
        Assert.Null(await concept.FindCheckpoint(new("one", 3)));

        Assert.Equal(Outcome.Done, (await concept.Change(new(Default: new("one", 1)))).Outcome);
        Assert.Equal("one2", (await concept.FindCheckpoint(new(null, 2)))!.Digest);
        Assert.Equal("one1", (await concept.FindCheckpoint(null))!.Digest);
        Assert.Equal(["one1", "one2"], (await concept.Get())!.Checkpoints.Select(c => c.Digest));

        // The job says which, whatever becomes the default later.
        await concept.Sample("draw", new("*") { Checkpoint = new(null, 2) });
        Assert.Equal(new CheckpointChoice("one", 2), (await _cluster.Job("draw").Get())!.Sampling!.Checkpoint);
        await concept.Change(new(Default: new("two", 1)));
        Assert.Null((await concept.Sample("draw", new("*") { Checkpoint = new(null, 2) })).Problem);
        Assert.Equal("one2", ((SamplingJob)(await _cluster.Job("draw").GetSpec())!).CheckpointDigest);
    }

    [Fact]
    public async Task A_finished_run_becomes_the_default_unless_one_was_chosen_and_a_cancelled_one_never()
    {
        using var tenant = Cluster.AsTenant();
        var concept = await TrainedAsync("one");
        await StartAsync(concept, "two", 3, upTo: 2);
        Assert.Equal("one", (await concept.Get())!.DefaultRun);
        await _cluster.Job("two").Cancel();
        Assert.Equal(("one", 2), ((await concept.Get())!.DefaultRun, (await concept.Get())!.DefaultStep));
        Assert.Equal(JobState.Canceled, (await concept.GetRuns())![0].Ended);

        await TrainAsync(concept, "three", 2);
        Assert.Equal("three", (await concept.Get())!.DefaultRun);
        await concept.Change(new(Default: new("one", 1)));
        await TrainAsync(concept, "four", 2);
        Assert.Equal(("one", 1, true),
            ((await concept.Get())!.DefaultRun, (await concept.Get())!.DefaultStep, (await concept.Get())!.Pinned));
        await concept.Change(new(Unpin: true));
        Assert.Equal(("four", 2, false),
            ((await concept.Get())!.DefaultRun, (await concept.Get())!.DefaultStep, (await concept.Get())!.Pinned));
    }

    [Fact]
    public async Task A_training_owns_its_photos_until_it_ends()
    {
        using var tenant = Cluster.AsTenant();
        var concept = await _cluster.NewConceptAsync("pot");
        var blob = (await concept.Get())!.Photos[0].Blob;
        await concept.Train("waits", Asking.Steps(2));
        await concept.Train("waits-too", Asking.Steps(2));
        Assert.Equal(Outcome.Done, await concept.RemovePhoto("photo0"));
        Assert.Single((await concept.Get())!.Photos);
        Assert.NotNull(await _cluster.Blobs.ReadAsync(blob, Stop));

        await FinishAsync("waits", 2);
        Assert.NotNull(await _cluster.Blobs.ReadAsync(blob, Stop));
        // two photos of 3, one of them leaving; two checkpoints of 10
        Assert.Equal(6 + 2 * 10, (await concept.Get())!.StoredBytes);
        await _cluster.Job("waits-too").Cancel();
        Assert.Null(await _cluster.Blobs.ReadAsync(blob, Stop));
        Assert.Equal(3 + 2 * 10, (await concept.Get())!.StoredBytes);

        // And so does a drawing that waits with a photo as its reference.
        var reference = (await concept.Get())!.Photos[0].Blob;
        await concept.Sample("draws", new("*"));
        await concept.RemovePhoto("photo1");
        Assert.NotNull(await _cluster.Blobs.ReadAsync(reference, Stop));
        await _cluster.Job("draws").Cancel();
        Assert.Null(await _cluster.Blobs.ReadAsync(reference, Stop));
    }

    [Theory]
    [InlineData("\"t\"")]
    [InlineData("")]
    public async Task A_photo_that_left_while_the_concepts_silo_died_goes_when_the_concept_is_looked_at_again(string jobs)
    {
        using var tenant = Cluster.AsTenant();
        var concept = await _cluster.NewConceptAsync("pot");
        var blob = (await concept.Get())!.Photos[0].Blob;
        await concept.Train("t", Asking.Steps(2));
        await concept.RemovePhoto("photo0");
        // The job's end never reached the concept, or what was to be deleted then was not: its record alone says so.
        await _cluster.Job("t").Cancel();
        await _cluster.Silos.DeactivateAsync(concept);
        var stored = System.Text.Encoding.UTF8.GetString(await _cluster.BytesAsync("state/concept/acme/pot.json"));
        Assert.DoesNotContain(blob, stored.Split("\"leaving\"")[1].Split(']')[0], StringComparison.Ordinal);
        await _cluster.Blobs.WriteAsync(blob, new byte[] { 1 }, cancellationToken: Stop);
        await _cluster.Blobs.WriteAsync("state/concept/acme/pot.json", System.Text.Encoding.UTF8.GetBytes(stored.Replace(
            "\"leaving\":[]", $"\"leaving\":[{{\"blob\":\"{blob}\",\"bytes\":3,\"jobs\":[{jobs}]}}]", StringComparison.Ordinal)),
            cancellationToken: Stop);
        await concept.Get();
        for (var tries = 0; tries < 100 && await _cluster.Blobs.ReadAsync(blob, Stop) is not null; tries++) await Task.Delay(50, Stop);
        Assert.Null(await _cluster.Blobs.ReadAsync(blob, Stop));
    }

    [Fact]
    public async Task A_deletion_that_a_crash_broke_off_goes_on_when_the_concept_is_looked_at_again()
    {
        using var tenant = Cluster.AsTenant();
        var concept = await TrainedAsync("one");
        await _cluster.Silos.DeactivateAsync(concept);
        var stored = System.Text.Encoding.UTF8.GetString(await _cluster.BytesAsync("state/concept/acme/pot.json"));
        Assert.Contains("\"deleting\":false", stored, StringComparison.Ordinal);
        await _cluster.Blobs.WriteAsync("state/concept/acme/pot.json", System.Text.Encoding.UTF8.GetBytes(stored.Replace(
            "\"deleting\":false", "\"deleting\":true", StringComparison.Ordinal)), cancellationToken: Stop);
        Assert.Null(await concept.Get());
        for (var tries = 0; tries < 100 && (await _cluster.NamesAsync("")).Any(IsOfPot); tries++) await Task.Delay(50, Stop);
        Assert.DoesNotContain(await _cluster.NamesAsync(""), IsOfPot);

        static bool IsOfPot(string name) => name.Contains("pot", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_run_takes_its_jobs_along_and_the_default_is_one_that_is_there()
    {
        using var tenant = Cluster.AsTenant();
        var concept = await TrainedAsync("one", "two");
        await concept.Sample("draws", new("*") { Checkpoint = new("two", 1) });
        Assert.Equal((Outcome.Conflict, "in_use"), ((await concept.RemoveRun("two")).Outcome, (await concept.RemoveRun("two")).Code));
        Assert.Equal("in_use", (await concept.RemoveCheckpoint("two", 1)).Code);
        await _cluster.Job("draws").Cancel();

        Assert.Equal(Outcome.Done, (await concept.RemoveCheckpoint("two", 2)).Outcome);
        Assert.Equal(("two", 1), ((await concept.Get())!.DefaultRun, (await concept.Get())!.DefaultStep));
        Assert.Equal(Outcome.Done, (await concept.RemoveRun("two")).Outcome);
        Assert.Null(await _cluster.Job("two").Get());
        Assert.Empty(await _cluster.NamesAsync("tenants/acme/concepts/pot/jobs/two/"));
        Assert.Equal(("one", 2), ((await concept.Get())!.DefaultRun, (await concept.Get())!.DefaultStep));
        Assert.Equal("run", (await concept.RemoveRun("two")).Code);
        Assert.Equal("checkpoint", (await concept.RemoveCheckpoint("one", 9)).Code);

        Assert.Equal(Outcome.Done, (await concept.RemoveRun("one")).Outcome);
        Assert.Null((await concept.Get())!.DefaultStep);
        Assert.Equal(6, (await concept.Get())!.StoredBytes);
    }

    [Fact]
    public async Task A_run_trained_further_has_more_steps_under_a_further_job_and_a_branch_is_a_run_with_a_parent()
    {
        using var tenant = Cluster.AsTenant();
        var concept = await _cluster.NewConceptAsync("pot");
        await TrainAsync(concept, "one", 2, resumeAt: 2);
        Assert.Contains("2 steps", (await concept.Train("more", Asking.Steps(2), new(Extends: "one"))).Problem);
        Assert.Equal("run", (await concept.Train("more", Asking.Steps(4), new(Extends: "none"))).What);
        Assert.Null((await concept.Train("more", Asking.Steps(4), new(Extends: "one"))).Problem);
        Assert.Null((await concept.Train("more", Asking.Steps(4), new(Extends: "one"))).Problem);
        Assert.Contains("under way", (await concept.Train("most", Asking.Steps(6), new(Extends: "one"))).Problem);

        var start = await _cluster.Job("more").Start(1, "w");
        Assert.Equal(2, ((TrainingJob)start.Spec!).From!.Step);
        await _cluster.Job("more")
            .Append(1, 1, [new StepDone(3, 4, 1, 1, 1), new StepDone(4, 4, 1, 1, 1), new CheckpointSaved(4, "more4", 10)]);
        await _cluster.Job("more").Complete(1);
        var run = Assert.Single((await concept.GetRuns())!);
        Assert.Equal(["one", "more"], run.Jobs);
        Assert.Equal("one", (await _cluster.Job("more").Get())!.Run);
        Assert.Equal([1, 2, 4], run.Checkpoints.Select(c => c.Step));
        Assert.Equal(("one", 4), ((await concept.Get())!.DefaultRun, (await concept.Get())!.DefaultStep));

        Assert.Null((await concept.Train("side", Asking.Steps(9), new(BranchesFrom: "one"))).Problem);
        var branch = (TrainingJob)(await _cluster.Job("side").GetSpec())!;
        Assert.Equal((true, 2), (branch.Branches, branch.From!.Step));
        Assert.Equal(new CheckpointChoice("one", 2), (await concept.GetRuns())![0].Parent);
        // It goes on from what the other one left.
        Assert.Equal("in_use", (await concept.RemoveRun("one")).Code);
    }

    [Fact]
    public async Task Steps_that_a_later_training_hid_before_there_were_runs_are_found_again()
    {
        using var tenant = Cluster.AsTenant();
        var concept = await TrainedAsync("one", "two");
        var two2 = (await concept.FindCheckpoint(new("two", 2)))!;
        foreach (var (run, step) in new[] { ("one", 1), ("one", 2), ("two", 1), ("two", 2) })
            await _cluster.Blobs.WriteAsync($"tenants/acme/concepts/pot/jobs/{run}/attempt-0001/checkpoints/step-{step:D6}.safetensors",
                new byte[10], cancellationToken: Stop);
        await _cluster.Silos.DeactivateAsync(concept);
        await _cluster.Blobs.WriteAsync("state/concept/acme/pot.json", System.Text.Encoding.UTF8.GetBytes($$$"""
            {"revision":4,"writer":"w","value":{"name":"A teapot","initWord":"teapot","created":"2026-01-01T00:00:00+00:00","photos":[],
            "checkpoints":[{"step":2,"blob":"{{{two2.Blob}}}","digest":"two2","bytes":10,"jobId":"two",
            "created":"2026-01-01T00:00:00+00:00"}],"defaultStep":2,"trainingJob":"two","attempts":{"one":1,"two":1},"deleting":false}}
            """), cancellationToken: Stop);

        var runs = (await concept.GetRuns())!;
        Assert.Equal(["two", "one"], runs.Select(r => r.Id).OrderDescending());
        Assert.All(runs, r => Assert.Equal([$"{r.Id}1", $"{r.Id}2"], r.Checkpoints.Select(c => c.Digest)));
        Assert.Equal(("two", 2), ((await concept.Get())!.DefaultRun, (await concept.Get())!.DefaultStep));
        Assert.All(runs, r => Assert.Equal(2, r.Photos.Count));
        Assert.Equal(JobState.Succeeded, runs[0].Ended);
    }

    [Fact]
    public async Task A_deleted_picture_is_not_listed_not_fetched_and_not_drawn_again()
    {
        using var tenant = Cluster.AsTenant();
        var concept = await _cluster.NewConceptAsync("pot");
        await TrainAsync(concept, "t", 1);
        await concept.Sample("draws", Asking.Pictures("*", count: 2));
        var job = _cluster.Job("draws");
        await job.Start(1, "w");
        await job.Append(1, 1, [new ImageDrawn("draws-0", 0, 42, []) { Bytes = 5 }]);
        var blob = (await job.GetImage(0))!.Blob;
        await _cluster.Blobs.WriteAsync(blob, new byte[5], cancellationToken: Stop);
        Assert.True(await job.RemoveImage(0));
        Assert.False(await job.RemoveImage(0));
        Assert.False(await job.RemoveImage(7));
        Assert.Null(await _cluster.Blobs.ReadAsync(blob, Stop));

        var again = await job.Start(2, "v");
        Assert.Equal(["draws-0"], again.ImagesDone);
        await job.Append(2, 1, [new ImageDrawn("draws-1", 1, 43, []) { Bytes = 7 }]);
        Assert.Equal(AppendResult.Accepted, await job.Complete(2));
        Assert.Equal(["draws-1"], (await job.Get())!.Images);
        Assert.Equal(7, (await job.Get())!.StoredBytes);
        Assert.Null(await job.GetImage(0));
    }

    /// <summary>A concept with these runs of two steps, oldest first.</summary>
    private async Task<IConceptGrain> TrainedAsync(params string[] runs)
    {
        var concept = await _cluster.NewConceptAsync("pot");
        foreach (var run in runs) await TrainAsync(concept, run, 2);
        return concept;
    }

    /// <summary>The test is the worker: each step has a checkpoint of ten bytes and a digest of run and step.</summary>
    private async Task TrainAsync(IConceptGrain concept, string id, int steps, int? resumeAt = null)
    {
        await StartAsync(concept, id, steps, upTo: steps);
        if (resumeAt is { } step) await _cluster.Job(id)
            .SaveResumePoint(1, new(step, $"tenants/acme/concepts/pot/jobs/{id}/attempt-0001/resume/step-{step:D6}.bin", "r", 3));
        Assert.Equal(AppendResult.Accepted, await _cluster.Job(id).Complete(1));
    }

    private async Task StartAsync(IConceptGrain concept, string id, int steps, int upTo)
    {
        _cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null((await concept.Train(id, Asking.Steps(steps))).Problem);
        await WorkAsync(id, steps, upTo);
    }

    private async Task FinishAsync(string id, int steps)
    {
        await WorkAsync(id, steps, upTo: steps);
        Assert.Equal(AppendResult.Accepted, await _cluster.Job(id).Complete(1));
    }

    private async Task WorkAsync(string id, int steps, int upTo)
    {
        await _cluster.Job(id).Start(1, $"w-{id}");
        await _cluster.Job(id).Append(1, 1, [.. Enumerable.Range(1, upTo).SelectMany(
            step => new JobEventData[] { new StepDone(step, steps, 1, 1, 1), new CheckpointSaved(step, $"{id}{step}", 10) })]);
    }
}
