using System.Text;
using ViCo.Engine.Rehearsal;
using ViCo.Options;

namespace ViCo.Engine.Tests.Rehearsal;

public sealed class RehearsalEngineTests
{
    private static readonly TrainingRequest Request = new(
        [new("a.png", Encoding.UTF8.GetBytes("photo a")), new("b.png", Encoding.UTF8.GetBytes("photo b"))],
        "teapot", OptionValues.None.With(TrainingOption.Steps, 40).With(TrainingOption.CheckpointEvery, 20)
            .With(TrainingOption.ResumeEvery, 10).With(TrainingOption.PreviewEvery, 0));

    [Fact]
    public async Task A_training_paused_and_resumed_ends_in_the_checkpoint_of_an_uninterrupted_one()
    {
        await using var engine = new RehearsalEngine();
        var whole = new Recorder();
        var first = new Recorder { PauseAt = 13 };
        var second = new Recorder();

        await engine.TrainAsync(Request, whole, CancellationToken.None);
        var paused = await engine.TrainAsync(Request, first, CancellationToken.None);
        var finished = await engine.TrainAsync(Request with { Resume = [first.Resumes[^1].Bytes.Stored()] }, second,
            CancellationToken.None);

        Assert.Equal(new(Completed: false, 13), paused);
        Assert.Equal(new(Completed: true, 40), finished);
        Assert.Equal(14, second.Steps[0].Step);
        Assert.Equal(whole.Checkpoints[^1].Bytes, second.Checkpoints[^1].Bytes);
        Assert.Equal(whole.Steps.Select(s => s.Loss), first.Steps.Concat(second.Steps).Select(s => s.Loss));
    }

    [Fact]
    public async Task A_resume_point_of_another_request_is_refused()
    {
        await using var engine = new RehearsalEngine();
        var recorder = new Recorder();
        await engine.TrainAsync(Request, recorder, CancellationToken.None);

        await Assert.ThrowsAsync<InvalidDataException>(() => engine.TrainAsync(
            Request with { InitWord = "dog", Resume = [recorder.Resumes[0].Bytes.Stored()] }, new Recorder(), CancellationToken.None));
    }

    [Fact]
    public async Task Each_picture_depends_on_its_seed_and_not_on_the_batch()
    {
        await using var engine = new RehearsalEngine();
        var request = new GenerationRequest(null, [], "a photo of a *", [1, 2, 3]).With(SamplingOption.SamplingSteps, 2);

        var together = await engine.GenerateAsync(request, new Recorder(), CancellationToken.None);
        var alone = await engine.GenerateAsync(request with { Seeds = [2] }, new Recorder(), CancellationToken.None);

        Assert.Equal(together[1].Png, alone[0].Png);
        Assert.NotEqual(together[0].Png, together[1].Png);
    }

    [Fact]
    public async Task Another_sampler_gives_another_picture_and_one_that_does_not_exist_is_refused()
    {
        await using var engine = new RehearsalEngine();
        var request = new GenerationRequest(null, [], "a photo of a *", [1]).With(SamplingOption.SamplingSteps, 2);
        var pictures = new List<byte[]>();
        foreach (var variant in new[] { request, request.With(SamplingOption.Sampler, "euler"),
            request.With(SamplingOption.Sampler, "euler").With(SamplingOption.Spacing, "karras") })
            pictures.Add((await engine.GenerateAsync(variant, new Recorder(), CancellationToken.None))[0].Png.ToArray());

        Assert.Equal(3, pictures.Select(Convert.ToBase64String).Distinct().Count());
        await Assert.ThrowsAsync<ArgumentException>(() =>
            engine.GenerateAsync(request.With(SamplingOption.Sampler, "heun"), new Recorder(), CancellationToken.None));
    }

    [Fact]
    public async Task Cancelling_stops_between_steps()
    {
        await using var engine = new RehearsalEngine(TimeSpan.FromMilliseconds(1));
        using var source = new CancellationTokenSource();
        var recorder = new Recorder { OnEachStep = step => { if (step == 5) source.Cancel(); } };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.TrainAsync(Request, recorder, source.Token));
        Assert.Equal(5, recorder.Steps.Count);
    }
}
