using ViCo.Engine.Checkpoints;
using ViCo.Options;

namespace ViCo.Engine.Tests.Engine;

/// <summary>
/// What a training that stopped can become: longer, kept otherwise, another one. What moves its numbers must stay as it was.
/// </summary>
[Collection("tiny")]
public sealed class GoingOnTests(TinyEngine tiny)
{
    private static readonly OptionValues Quick = OptionValues.None.With(TrainingOption.BatchSize, 1)
        .With(TrainingOption.CheckpointEvery, 100).With(TrainingOption.PreviewEvery, 0);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("vico")]
    [InlineData("textual-inversion")]
    public async Task Three_steps_and_three_more_are_six_at_once(string method)
    {
        var request = Teapot.Training(6, Quick.With(TrainingOption.Method, method));
        var whole = await TrainAsync(request);
        var half = await TrainAsync(request with { Options = request.Options.With(TrainingOption.Steps, 3) });
        Assert.Equal([3], half.Resumes.Select(r => r.Step));     // written at the end, whatever the cadence

        var rest = await TrainAsync(request with { Resume = [half.Resumes[^1].Bytes.Stored()] });
        Assert.Equal([4, 5, 6], rest.Steps.Select(s => s.Step));
        Assert.Equal(whole.Checkpoints[^1].Bytes, rest.Checkpoints[^1].Bytes);
        Assert.Equal(Without(whole.Resumes[^1].Bytes, "request"), Without(rest.Resumes[^1].Bytes, "request"));
    }

    [Fact]
    public async Task How_often_something_is_kept_never_forbids_going_on()
    {
        var first = await TrainAsync(Teapot.Training(2, Quick.With(TrainingOption.ResumeEvery, 2).With(TrainingOption.CheckpointEvery, 1)
            .With(TrainingOption.PreviewEvery, 0)));
        var rest = await TrainAsync(Teapot.Training(3, Quick.With(TrainingOption.ResumeEvery, 1).With(TrainingOption.CheckpointEvery, 3)
            .With(TrainingOption.Half, true)) with
        {
            Resume = [first.Resumes[^1].Bytes.Stored()],
        });
        Assert.Equal([3], rest.Steps.Select(s => s.Step));
    }

    [Fact]
    public async Task What_moves_the_numbers_forbids_it_and_is_named()
    {
        var first = await TrainAsync(Teapot.Training(1, Quick));
        var other = Teapot.Training(2, Quick.With(VisualConditionOption.BlockLearningRate, 0.125)) with
        {
            Resume = [first.Resumes[^1].Bytes.Stored("step-000001.resume")],
        };
        var refused = await Assert.ThrowsAsync<InvalidDataException>(() => TrainAsync(other));
        Assert.Equal("Resume point 'step-000001.resume' belongs to another training: blockLearningRate is 0.125, and was 1E-05.",
            refused.Message);
        Assert.Contains("photos is ", (await Assert.ThrowsAsync<InvalidDataException>(() => TrainAsync(
            Teapot.Training(2, Quick) with { Photos = [.. Teapot.Photos.Skip(1)], Resume = other.Resume }))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_branch_has_the_weights_of_its_point_and_options_of_its_own()
    {
        var first = await TrainAsync(Teapot.Training(2, Quick));
        var point = first.Resumes[^1].Bytes.Stored("point");
        var branch = Teapot.Training(3, Quick.With(VisualConditionOption.BlockLearningRate, 0)
            .With(PlaceholderOption.EmbeddingLearningRate, 0).With(TrainingOption.Seed, 7)) with
        {
            BranchFrom = point,
        };
        var branched = await TrainAsync(branch);
        Assert.Equal((2, 3), (branched.Start!.FirstStep, Assert.Single(branched.Steps).Step));
        // Both rates are nothing, so that the weights stay those of the point: of step 2 of the first training.
        Assert.Equal(Without(first.Checkpoints[^1].Bytes, "options", "step"), Without(branched.Checkpoints[^1].Bytes, "options", "step"));

        // Its own resume points are of the branch, not of the training it came from.
        var longer = branch with { Options = branch.Options.With(TrainingOption.Steps, 4), Resume = [branched.Resumes[^1].Bytes.Stored()] };
        Assert.Equal([4], (await TrainAsync(longer)).Steps.Select(s => s.Step));
        await Assert.ThrowsAsync<InvalidDataException>(() => TrainAsync(longer with { Options = Quick.With(TrainingOption.Steps, 4) }));
        Assert.Contains("is of step 2; wanted at most 1", (await Assert.ThrowsAsync<InvalidDataException>(() => TrainAsync(
            Teapot.Training(1, Quick) with { BranchFrom = point }))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_newest_resume_point_is_damaged_the_older_one_serves_with_a_warning()
    {
        var request = Teapot.Training(4, Quick.With(TrainingOption.ResumeEvery, 1));
        var whole = await TrainAsync(request);
        var (older, newest) =
            (whole.Resumes[1].Bytes.Stored("step-000002.resume"), whole.Resumes[2].Bytes[..1000].Stored("step-000003.resume"));
        var rest = await TrainAsync(request with { Resume = [newest, older] });
        Assert.Equal([3, 4], rest.Steps.Select(s => s.Step));
        Assert.Equal(whole.Checkpoints[^1].Bytes, rest.Checkpoints[^1].Bytes);
        var warning = Assert.Single(rest.Start!.Warnings, w => w.Contains("resume", StringComparison.Ordinal));
        Assert.Contains("'step-000003.resume': the header claims", warning, StringComparison.Ordinal);
        Assert.Contains("the older resume point 'step-000002.resume'", warning, StringComparison.Ordinal);

        Assert.Contains("step-000003.resume", (await Assert.ThrowsAsync<InvalidDataException>(() => TrainAsync(
            request with { Resume = [newest] }))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 2, 3)]                                        // the steps it was begun with
    [InlineData(4, 3, 3)]                                        // other steps and cadences, which the hash of then held too
    public async Task A_resume_point_of_before_the_list_goes_on_by_its_hash(int begun, int checkpointEvery, int steps)
    {
        var usual = Quick.Without(TrainingOption.CheckpointEvery.Name);
        var first = new Recorder { PauseAt = 2 };
        await tiny.Engine.TrainAsync(Teapot.Training(begun, usual), first, Stop);
        var old = Without(first.Resumes[0].Bytes, "numbers");
        var rest = await TrainAsync(
            Teapot.Training(steps, Quick.With(TrainingOption.ResumeEvery, 1)
                .With(TrainingOption.CheckpointEvery, checkpointEvery)) with { Resume = [old.Stored()] });
        Assert.Equal(3, rest.Steps[0].Step);
        await Assert.ThrowsAsync<InvalidDataException>(() =>
            TrainAsync(Teapot.Training(steps, Quick.With(TrainingOption.Seed, 1)) with { Resume = [old.Stored()] }));
    }

    [Fact]
    public async Task A_checkpoint_in_half_precision_takes_half_the_bytes_and_draws_nearly_the_same()
    {
        var whole = await TrainAsync(Teapot.Training(2, Quick));
        var half = await TrainAsync(Teapot.Training(2, Quick.With(TrainingOption.Half, true)));
        Assert.InRange(half.Checkpoints[^1].Bytes.Length, 0, whole.Checkpoints[^1].Bytes.Length / 2 + 6000);
        Assert.Equal(whole.Steps.Select(s => s.Loss), half.Steps.Select(s => s.Loss));
        using var scope = NewDisposeScope();
        using var a = SafetensorsFile.Open(whole.Checkpoints[^1].Bytes.Stored());
        using var b = SafetensorsFile.Open(half.Checkpoints[^1].Bytes.Stored());
        Assert.All(a.Names, name => Assert.InRange((a.Load(name) - b.Load(name)).abs().max().item<float>(), 0, 2e-3f));
        var request = new GenerationRequest(half.Checkpoints[^1].Bytes.Stored(), [Teapot.Photos[0]], "a photo of a *", [1])
            .With(SamplingOption.SamplingSteps, 1);
        Assert.Single(await tiny.Engine.GenerateAsync(request, new Recorder(), Stop));
    }

    private async Task<Recorder> TrainAsync(TrainingRequest request)
    {
        var recorder = new Recorder();
        await tiny.Engine.TrainAsync(request, recorder, Stop);
        return recorder;
    }

    /// <summary>The same tensors without some of the metadata.</summary>
    private static byte[] Without(byte[] bytes, params string[] keys)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.FromBytes(bytes, "any");
        return SafetensorsWriter.ToBytes(
            file.Names.Select(n => KeyValuePair.Create(n, file.LoadAsStored(n))), file.Metadata.Where(m => !keys.Contains(m.Key))
                .ToDictionary());
    }
}
