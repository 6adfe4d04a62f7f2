using ViCo.Engine.Tests.Engine;
using ViCo.Options;

namespace ViCo.Engine.Tests.Devices;

/// <summary>
/// How many tensors the engine's own calls make: on a GPU each is a kernel or a piece of bookkeeping,
/// which small networks spend their time on.
/// </summary>
[Collection("tiny")]
public sealed class TensorCountTests(TinyEngine tiny)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // Stable Diffusion's blocks at tiny widths; docs/performance.md has the counts.
    [Theory]
    [InlineData("vico", 1330)]
    [InlineData("textual-inversion", 950)]
    public async Task A_training_step_makes_no_more_tensors_than_these_and_every_one_as_many(string method, int most)
    {
        var counts = new List<long>();
        var recorder = new Recorder { OnEachStep = _ => counts.Add(Made()) };
        await tiny.Engine.TrainAsync(
            Teapot.Training(5, OptionValues.None.With(TrainingOption.BatchSize, 4).With(TrainingOption.CheckpointEvery, 100)
                .With(TrainingOption.ResumeEvery, 100).With(TrainingOption.Method, method)), recorder, Stop);
        var each = counts.Skip(1).Zip(counts, (after, before) => after - before).ToArray();

        Assert.Single(each.Distinct());
        Assert.InRange(each[0], 1, most);
    }

    [Fact]
    public async Task A_denoising_step_makes_no_more_tensors_than_these()
    {
        var counts = new List<long>();
        await tiny.Engine.GenerateAsync(
            new GenerationRequest((await tiny.TrainedAsync()).Stored(), [Teapot.Photos[0]], "a *", [1])
                .With(SamplingOption.SamplingSteps, 4), new Steps(counts), Stop);
        var each = counts.Skip(1).Zip(counts, (after, before) => after - before).ToArray();

        Assert.Single(each.Distinct());
        Assert.InRange(each[0], 1, 1830);
    }

    private static long Made() =>
        DisposeScopeManager.Statistics.CreatedInScopeCount + DisposeScopeManager.Statistics.CreatedOutsideScopeCount;

    private sealed class Steps(List<long> counts) : IGenerationObserver
    {
        public void OnStep(int step, int steps) => counts.Add(Made());
    }
}
