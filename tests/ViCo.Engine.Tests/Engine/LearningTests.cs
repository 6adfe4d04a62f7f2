using ViCo.Engine.Checkpoints;
using ViCo.Options;

namespace ViCo.Engine.Tests.Engine;

/// <summary>That a training learns, and how far a step goes: by the engine's own way in.</summary>
[Collection("tiny")]
public sealed class LearningTests(TinyEngine tiny)
{
    private const double EmbeddingRate = 0.05, BlockRate = 0.01, Decay = 4;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("vico")]
    [InlineData("textual-inversion")]
    public async Task A_training_finds_more_of_the_noise_than_what_it_began_with_would_have(string method)
    {
        // The same seed gives the same batches: what differs is learned.
        var learned = await LossesAsync(OptionValues.None.With(TrainingOption.Method, method)
            .With(PlaceholderOption.EmbeddingLearningRate, 5e-2).With(VisualConditionOption.BlockLearningRate, 5e-3));
        var untouched = await LossesAsync(OptionValues.None.With(TrainingOption.Method, method)
            .With(PlaceholderOption.EmbeddingLearningRate, 0).With(VisualConditionOption.BlockLearningRate, 0));

        Assert.Equal(untouched[0], learned[0]);
        var (before, after) = (untouched[^4..].Average(), learned[^4..].Average());
        Assert.True(after < 0.9 * before, $"the last four steps' loss is {after:0.000}; without learning {before:0.000}");

        async Task<double[]> LossesAsync(OptionValues options)
        {
            var recorder = new Recorder();
            await tiny.Engine.TrainAsync(Teapot.Training(10, options.With(TrainingOption.BatchSize, 1)), recorder, Stop);
            return [.. recorder.Steps.Select(s => s.Term("noise")!.Value)];
        }
    }

    [Theory]
    [InlineData("vico", false)]
    [InlineData("vico", true)]
    [InlineData("textual-inversion", true)]
    public async Task The_first_step_shrinks_by_the_decay_and_then_goes_as_far_as_each_rate_says(string method, bool scaled)
    {
        // AdamW's first step goes by its rate in the direction of the gradient, whatever the gradient's size.
        const int batch = 3;
        await using var engine = await tiny.LoadWithAsync($$"""{ "training": { "weightDecay": {{Decay}}, "batchSize": {{batch}} } }""");
        using var scope = NewDisposeScope();
        using var before = await AfterOneStepAsync(0, 0);
        using var after = await AfterOneStepAsync(EmbeddingRate, BlockRate);

        Assert.Equal(method == "vico" ? 81 : 1, before.Names.Count);
        foreach (var name in before.Names)
        {
            var rate = name == "embedding.*" ? EmbeddingRate * (scaled ? batch : 1) : BlockRate;
            var went = (after.Load(name) - before.Load(name).Times(1 - rate * Decay)).abs().max().item<float>();
            Assert.True(Math.Abs(went / rate - 1) < 0.02, $"{name} went {went:g4} at rate {rate}");
        }

        async Task<SafetensorsFile> AfterOneStepAsync(double embedding, double blocks)
        {
            var recorder = new Recorder();
            await engine.TrainAsync(Teapot.Training(
                1, OptionValues.None.With(TrainingOption.Method, method).With(PlaceholderOption.EmbeddingLearningRate, embedding)
                    .With(VisualConditionOption.BlockLearningRate, blocks)
                    .With(PlaceholderOption.ScaleEmbeddingLearningRate, scaled)), recorder, Stop);
            return SafetensorsFile.FromBytes(recorder.Checkpoints[^1].Bytes, "checkpoint");
        }
    }

    [Fact]
    public async Task A_trained_network_finds_nearly_all_of_much_noise_and_little_of_a_little()
    {
        // Nothing is learned here: the losses say what the network was shown and told, and what it was asked for.
        await using var toybox = await TorchEngine.LoadAsync(Repository.PathOf("models", "toybox"), new() { Niceness = 0 });
        var recorder = new Recorder();
        await toybox.TrainAsync(
            Teapot.Training(40, OptionValues.None.With(TrainingOption.Method, "textual-inversion").With(TrainingOption.BatchSize, 1)
                .With(PlaceholderOption.EmbeddingLearningRate, 0)), recorder, Stop);

        // Timesteps come from the whole schedule. Measured: 0.005 to 0.58, in the middle 0.05; the first
        // tenth of the schedule has 0.17 and more.
        double[] losses = [.. recorder.Steps.Select(s => s.Term("noise")!.Value).Order()];
        Assert.InRange(losses[0], 0, 0.02);
        Assert.InRange(losses[20], 0.02, 0.1);
        Assert.InRange(losses[^1], 0.3, 1.1);
    }
}
