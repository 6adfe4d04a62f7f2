using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Engine.Tests.Training;

public sealed class LossWatchTests
{
    private readonly LossWatch _watch =
        new(TrainingOptions.From(new BaseModelDefaults { Name = "any" }, OptionValues.None
            .With(PlaceholderOption.EmbeddingLearningRate, 0.5).With(VisualConditionOption.BlockLearningRate, 0.25)));

    [Theory]
    [InlineData(double.NaN, 0.1)]
    [InlineData(double.PositiveInfinity, 0.1)]
    [InlineData(0.1, double.NaN)]
    public void A_loss_that_is_no_number_ends_the_training_with_step_and_rates(double total, double noise)
    {
        Assert.Null(_watch.See(1, 0.2, Noise(0.2)));
        var error = Assert.Throws<NotFiniteException>(() => _watch.See(2, total, Noise(noise)));
        Assert.StartsWith("Step 2: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("0.5 for S*, 0.25 for the image blocks", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_noise_losses_above_nine_tenths_on_average_are_told_of_once()
    {
        var warnings = Enumerable.Range(1, 30).Select(step => _watch.See(step, 2, Noise(step <= 5 ? 0.1 : 1.05))).ToList();
        var warning = Assert.Single(warnings, w => w is not null);
        Assert.Equal(13, warnings.IndexOf(warning));             // until then the better steps keep the mean below
        Assert.Contains("the noise loss of steps 5 to 14 is 0.96 on average", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_bad_batch_among_good_ones_is_no_divergence() =>
        Assert.All(Enumerable.Range(1, 30), step => Assert.Null(_watch.See(step, 1, Noise(step % 3 == 0 ? 1.2 : 0.4))));

    private static LossPart[] Noise(double value) => [new("noise", value, 1)];
}
