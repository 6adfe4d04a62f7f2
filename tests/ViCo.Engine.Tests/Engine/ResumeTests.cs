using ViCo.Engine.Checkpoints;
using ViCo.Options;

namespace ViCo.Engine.Tests.Engine;

/// <summary>Exact resume as a property: wherever a training is broken off, and however often, it ends where an unbroken one does.</summary>
[Collection("tiny")]
public sealed class ResumeTests(TinyEngine tiny)
{
    private const int Steps = 6, Breaks = 3;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Random points; half of the breaks are pauses, half are deaths that lose what came after the last resume point.</summary>
    [Theory]
    [InlineData("vico")]
    [InlineData("vico, flipped photos in order")]
    [InlineData("textual-inversion")]
    [InlineData("vico, two objects that take turns")]
    public async Task A_training_broken_off_at_random_points_ends_bit_by_bit_where_an_unbroken_one_does(string what)
    {
        var random = new Random(1);
        var flipped = what.Contains("flipped", StringComparison.Ordinal);
        var options = OptionValues.None.With(TrainingOption.Seed, 1).With(TrainingOption.BatchSize, 1).With(TrainingOption.ResumeEvery, 2)
            .With(TrainingOption.CheckpointEvery, 100).With(TrainingOption.Method, what.Split(',')[0]);
        if (flipped) options = options.With(TrainingOption.Flip, 0.5).With(TrainingOption.TargetOrder, "sequential");
        var request = Teapot.Training(Steps, options) with { Photos = [.. Teapot.Photos.Take(2)] };
        if (what.Contains("two", StringComparison.Ordinal)) request = request with
        {
            Others = [new([.. Teapot.Backpack.Take(2)], "backpack")],
        };
        var whole = new Recorder();
        await tiny.Engine.TrainAsync(request, whole, Stop);

        IReadOnlyList<StoredFile> resume = [];
        var losses = new SortedDictionary<int, double>();
        foreach (var at in Enumerable.Range(1, Steps - 1).OrderBy(_ => random.Next()).Take(Breaks).Order())
        {
            using var death = new CancellationTokenSource();
            var dies = random.Next(2) == 0;
            var broken = new Recorder { PauseAt = dies ? null : at, OnEachStep = step => { if (dies && step >= at) death.Cancel(); } };
            var training = tiny.Engine.TrainAsync(request with { Resume = resume }, broken, death.Token);
            if (dies) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => training);
            else Assert.False((await training).Completed);
            foreach (var step in broken.Steps) Note(step);
            if (broken.Resumes.Count > 0) resume = [broken.Resumes[^1].Bytes.Stored()];
        }
        var last = new Recorder();
        await tiny.Engine.TrainAsync(request with { Resume = resume }, last, Stop);
        foreach (var step in last.Steps) Note(step);

        Assert.Equal(whole.Steps.Select(s => s.Loss), losses.Values);
        Assert.Equal(whole.Checkpoints[^1].Bytes, last.Checkpoints[^1].Bytes);

        // A step done again must be the same step again.
        void Note(TrainingStep step)
        {
            if (losses.TryGetValue(step.Step, out var before)) Assert.Equal(before, step.Loss);
            losses[step.Step] = step.Loss;
        }
    }

    [Fact]
    public async Task A_resume_point_of_before_updates_were_counted_per_tensor_goes_on_as_if_all_were_equal()
    {
        var request = Teapot.Training(4, OptionValues.None.With(TrainingOption.BatchSize, 1).With(TrainingOption.ResumeEvery, 2)
            .With(TrainingOption.CheckpointEvery, 100));
        var whole = new Recorder();
        await tiny.Engine.TrainAsync(request, whole, Stop);
        byte[] old;
        using (NewDisposeScope())
        {
            using var file = SafetensorsFile.FromBytes(whole.Resumes[0].Bytes, "resume");
            Assert.Contains("updates", file.Metadata.Keys);
            old = SafetensorsWriter.ToBytes(
                file.Names.Select(n => KeyValuePair.Create(n, file.LoadAsStored(n))),
                file.Metadata.Where(m => m.Key is not ("updates" or "numbers")).ToDictionary());
        }

        var resumed = new Recorder();
        await tiny.Engine.TrainAsync(request with { Resume = [old.Stored()] }, resumed, Stop);
        Assert.Equal([3, 4], resumed.Steps.Select(s => s.Step));
        Assert.Equal(whole.Checkpoints[^1].Bytes, resumed.Checkpoints[^1].Bytes);
    }
}
