using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Grains.Concepts;
using ViCo.Grains.Indexes;
using ViCo.Grains.Jobs;

namespace ViCo.Grains.Tests.Concepts;

public sealed class ConceptGrainTests : IAsyncLifetime
{
    private Cluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await Cluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Creating_twice_makes_one_and_another_under_the_same_id_is_a_conflict()
    {
        using var tenant = Cluster.AsTenant();
        var concept = await _cluster.NewConceptAsync("pot");
        Assert.Equal(Outcome.Done, await concept.Create(new("A teapot", "teapot", _cluster.Clock.GetUtcNow().AddHours(1))));
        Assert.Equal(Outcome.Conflict, await concept.Create(new("A teapot", "cat", _cluster.Clock.GetUtcNow())));
        Assert.Equal(["pot"], (await _cluster.Index(IndexKeys.Concepts(Cluster.Tenant)).Read(new(10))).Entries.Select(e => e.Id));
    }

    [Fact]
    public async Task What_was_never_made_is_not_found()
    {
        using var tenant = Cluster.AsTenant();
        var concept = _cluster.Concept("nothing");
        Assert.Null(await concept.Get());
        Assert.Equal(Outcome.NotFound, await concept.AddPhoto(new("p", "p.png", 1, 1, 1, "p", [])));
        Assert.Equal(Outcome.NotFound, await concept.RemovePhoto("p"));
        Assert.Equal(Outcome.NotFound, (await concept.Change(new(Default: new(null, 1)))).Outcome);
        Assert.Equal(Outcome.NotFound, await concept.Delete());
        Assert.True((await concept.Train("j", new())).NotFound);
        Assert.True((await concept.Sample("j", new("*"))).NotFound);
        Assert.Empty(await _cluster.NamesAsync(""));
    }

    [Fact]
    public async Task A_training_takes_the_photos_of_now_and_may_be_asked_for_again_after_they_changed()
    {
        using var tenant = Cluster.AsTenant();
        var concept = await _cluster.NewConceptAsync("pot");
        var first = await concept.Train("t", Asking.Steps(7));
        Assert.Equal(Outcome.Done, await concept.RemovePhoto("photo0"));
        var again = await concept.Train("t", Asking.Steps(7));
        Assert.Equal(first.Job, again.Job! with { Images = first.Job!.Images, Uses = first.Job.Uses });
        Assert.NotNull((await concept.Train("t", Asking.Steps(8))).Problem);
        Assert.Equal("t", (await concept.Get())!.TrainingJob);
        Assert.Single((await concept.Get())!.Photos);
        var start = await _cluster.Job("t").Start(1, "w");
        Assert.Equal(2, ((TrainingJob)start.Spec!).PhotoBlobs.Count);
    }

    [Fact]
    public async Task Sampling_needs_a_checkpoint_and_takes_the_one_chosen()
    {
        using var tenant = Cluster.AsTenant();
        var concept = await _cluster.NewConceptAsync("pot");
        Assert.Contains("train it first", (await concept.Sample("s0", new("*"))).Problem);

        await concept.Train("t", Asking.Steps(2));
        await _cluster.Job("t").Start(1, "w");
        await _cluster.Job("t")
            .Append(1, 1, [new StepDone(1, 2, 1, 1, 1), new CheckpointSaved(1, "d1", 10), new StepDone(2, 2, 1, 1, 1),
            new CheckpointSaved(2, "d2", 10)]);
        Assert.Equal(2, (await concept.Get())!.DefaultStep);

        Assert.True((await concept.Sample("s1", new("*") { Checkpoint = new(null, 3) })).NotFound);
        Assert.True((await concept.Sample("s1", new("*") { References = ["nope"] })).NotFound);
        Assert.NotNull((await concept.Sample("s1", Asking.Pictures("*", count: 65))).Problem);
        Assert.Equal(Outcome.NotFound, (await concept.Change(new(Default: new(null, 3)))).Outcome);
        Assert.Equal(Outcome.Done, (await concept.Change(new(Default: new(null, 1)))).Outcome);
        Assert.Null((await concept.Sample("s1", new("*") { References = ["photo1"] })).Problem);
        var spec = (SamplingJob)(await _cluster.Job("s1").Start(1, "v")).Spec!;
        Assert.Equal("d1", spec.CheckpointDigest);
        Assert.Contains("photo1", Assert.Single(spec.ReferenceBlobs));
    }

    [Fact]
    public async Task What_was_stored_before_concepts_had_several_objects_is_one_of_one_object()
    {
        using var tenant = Cluster.AsTenant();
        await _cluster.Blobs.WriteAsync("state/concept/acme/old.json", """
            {"revision":4,"writer":"w","value":{"name":"A teapot","initWord":"teapot","created":"2026-01-01T00:00:00+00:00","photos":[
            {"id":"photo0","name":"IMG_0.png","width":512,"height":512,"bytes":3,"blob":"p0","warnings":[]}],"checkpoints":[
            {"step":2,"blob":"c2","digest":"d2","bytes":10,"jobId":"t","created":"2026-01-01T00:00:00+00:00"}],
            "defaultStep":2,"trainingJob":"t","attempts":{"t":1},"deleting":false}}
            """u8.ToArray(), cancellationToken: TestContext.Current.CancellationToken);
        await _cluster.Blobs.WriteAsync("state/job/acme/t.json", """
            {"revision":1,"writer":"w","value":{"spec":{"kind":"training","initWord":"teapot","photoBlobs":["p0"],"settings":{"steps":7},
            "conceptId":"old","submitted":"2026-01-01T00:00:00+00:00"},"state":"Queued","attempt":0,"nextBatch":1}}
            """u8.ToArray(), cancellationToken: TestContext.Current.CancellationToken);

        var view = (await _cluster.Concept("old").Get())!;
        Assert.Equal(["teapot"], view.InitWords);
        Assert.Equal(0, Assert.Single(view.Photos).ObjectIndex);
        Assert.Equal(Outcome.Done, await _cluster.Concept("old").Create(new("A teapot", "teapot", default)));
        Assert.Equal(Outcome.Conflict, await _cluster.Concept("old").Create(new("A teapot", "teapot", default, ["cat"])));
        // The same request as the stored job's, and a worker finds in it what it found before.
        Assert.Null((await _cluster.Concept("old").Train("t", Asking.Steps(7))).Problem);
        var training = (TrainingJob)(await _cluster.Job("t").Start(1, "w")).Spec!;
        Assert.Equal(("teapot", "p0", null), (training.InitWord, Assert.Single(training.PhotoBlobs), training.Others));
        Assert.Null((await _cluster.Concept("old").Sample("s", new("*"))).Problem);
        var sampling = (SamplingJob)(await _cluster.Job("s").Start(1, "v")).Spec!;
        Assert.Equal(("p0", null), (Assert.Single(sampling.ReferenceBlobs), sampling.ReferenceObjects));
    }

    [Fact]
    public async Task A_prompt_names_objects_here_as_it_does_in_the_engine()
    {
        using var tenant = Cluster.AsTenant();
        const int objects = ConceptSpec.MaxObjects;
        var concept = _cluster.Concept("four");
        Assert.Equal(Outcome.Done, await concept.Create(new("Four", "a", default, ["b", "c", "d"])));
        for (var k = 0; k < objects; k++) Assert.Equal(Outcome.Done,
            await concept.AddPhoto(new($"photo{k}", "p.png", 1, 1, 1, $"p{k}", [], k)));
        Assert.Equal(Outcome.Conflict, await concept.AddPhoto(new("photo4", "p.png", 1, 1, 1, "p4", [], objects)));
        Assert.Equal(Outcome.Conflict, await concept.AddPhoto(new("photo0", "p.png", 1, 1, 1, "p0", [], 1)));
        await concept.AddCheckpoint("t", 1, new(1, "c", "d", 1, "t", default));

        string[] forms = [.. Enumerable.Range(0, objects)
            .SelectMany(k => new[] { PlaceholderForms.Of(k, objects), PlaceholderForms.Word(k, objects) })];
        foreach (var (prompt, job) in forms.Append($"{forms[2]} and {forms[7]}").Select((form, i) => ($"a photo of a {form}", $"s{i}")))
        {
            var named = PlaceholderForms.In(prompt, objects).Where(form => prompt.Contains(form.Key, StringComparison.Ordinal))
                .Select(form => form.Value + 1).Order();
            Assert.Null((await concept.Sample(job, new(prompt))).Problem);
            Assert.Equal(named, ((SamplingJob)(await _cluster.Job(job).Start(1, "w")).Spec!).ReferenceObjects!);
        }
    }

    [Fact]
    public async Task A_fenced_attempt_cannot_publish_a_checkpoint()
    {
        using var tenant = Cluster.AsTenant();
        var concept = await _cluster.NewConceptAsync("pot");
        await concept.Train("t", Asking.Steps(9));
        var job = _cluster.Job("t");
        await job.Start(1, "old");
        await job.Start(2, "new");
        Assert.Equal(AppendResult.Fenced, await job.Append(1, 1, [new CheckpointSaved(1, "old", 10)]));
        Assert.Equal(AppendResult.Accepted, await job.Append(2, 1, [new StepDone(1, 9, 1, 1, 1), new CheckpointSaved(1, "new", 10)]));
        Assert.Equal("new", Assert.Single((await concept.Get())!.Checkpoints).Digest);

        // Nor by a job grain that does not know yet that it is old.
        Assert.Equal(Outcome.Conflict, await concept.AddCheckpoint("t", 1, new(1, "blob", "old", 1, "t", default)));
        // A repetition of what is known changes nothing, not even the step somebody chose meanwhile.
        var known = (await concept.Get())!.Checkpoints[0];
        Assert.Equal(Outcome.Done, await concept.AddCheckpoint("t", 2, known));
    }

    [Fact]
    public async Task A_deleted_concept_takes_its_jobs_and_every_blob_with_it()
    {
        using var tenant = Cluster.AsTenant();
        var concept = await _cluster.NewConceptAsync("pot");
        await concept.Train("t", Asking.Steps(2));
        await _cluster.Job("t").Start(1, "w");
        Assert.Equal(Outcome.Done, await concept.Delete());
        Assert.Null(await concept.Get());
        Assert.Null(await _cluster.Job("t").Get());
        Assert.Equal(AppendResult.Fenced, await _cluster.Job("t").Append(1, 1, [new StepDone(1, 2, 1, 1, 1)]));
        Assert.Empty(await _cluster.NamesAsync(""));
        Assert.Equal(Outcome.NotFound, await concept.Delete());
        // The id is free again.
        Assert.Equal(Outcome.Done, await concept.Create(new("Another", "cat", _cluster.Clock.GetUtcNow())));
    }

    [Fact]
    public async Task A_training_asked_for_again_while_its_job_reports_checkpoints_does_not_deadlock()
    {
        using var tenant = Cluster.AsTenant();
        var concept = await _cluster.NewConceptAsync("pot");
        await concept.Train("t", Asking.Steps(1000));
        var job = _cluster.Job("t");
        await job.Start(1, "w");
        var asking = Task.Run(async () =>
        {
            using var scope = Cluster.AsTenant();
            for (var i = 0; i < 60; i++) Assert.Null((await concept.Train("t", Asking.Steps(1000))).Problem);
        }, TestContext.Current.CancellationToken);
        for (var i = 1; i <= 60; i++)
            Assert.Equal(AppendResult.Accepted,
                await job.Append(1, i, [new StepDone(i, 1000, 1, 1, 1), new CheckpointSaved(i, $"d{i}", 1)]));
        await asking.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(60, (await concept.Get())!.Checkpoints.Count);
    }
}
