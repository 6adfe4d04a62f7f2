using ViCo.Engine.Checkpoints;
using ViCo.Engine.Tests.Engine;
using ViCo.Options;

namespace ViCo.Engine.Tests.Methods;

/// <summary>The constrained form of rotations.</summary>
[Collection("tiny")]
public sealed class RotationsTests(TinyEngine tiny)
{
    private const double Limit = 1e-5;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_block_of_a_checkpoint_turns_further_than_its_limit_and_some_reach_it(bool shared)
    {
        var recorder = new Recorder();
        var options = OptionValues.None.With(TrainingOption.Method, "oft").With(TrainingOption.BatchSize, 1).With(OftOption.OftLimit, Limit)
            .With(OftOption.OftShared, shared).With(OftOption.OftLearningRate, 0.01).With(PriorOption.PriorWeight, 0);
        await tiny.Engine.TrainAsync(Teapot.Training(2, options), recorder, Stop);
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.FromBytes(recorder.Checkpoints[^1].Bytes, "checkpoint");
        var shares = file.Names.Select(n => file.Load(n)).SelectMany(r =>
        {
            var most = Limit * r.shape[^1] * r.shape[^1] / (shared ? 1 : Math.Sqrt(OftOption.OftBlocks.Default));
            return r.square().sum([-2, -1]).sqrt().Over(most).view(-1).data<float>().ToArray();
        }).ToArray();
        Assert.All(shares, share => Assert.InRange(share, 0, 1.00001));
        Assert.Contains(shares, share => share > 0.999);
    }

    [Fact]
    public async Task Blocks_that_do_not_divide_a_layers_input_are_refused_with_its_name()
    {
        var options = OptionValues.None.With(TrainingOption.Method, "oft").With(OftOption.OftBlocks, 3);
        var refused = await Assert.ThrowsAsync<ArgumentException>(() =>
            tiny.Engine.TrainAsync(Teapot.Training(1, options), new Recorder(), Stop));
        Assert.Contains("oftBlocks is 3; the 16 inputs of 'down_blocks.0.", refused.Message, StringComparison.Ordinal);
    }
}
