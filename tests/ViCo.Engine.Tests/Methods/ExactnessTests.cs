using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models.UNet;
using ViCo.Options;

namespace ViCo.Engine.Tests.Methods;

/// <summary>The training loss of ViCo in double precision: its gradients, and what a batch is made of.</summary>
public sealed class ExactnessTests
{
    private const double Lambda = 0.05;                     // large enough that a wrong regulariser shows

    private static readonly OptionValues Published = OptionValues.None;

    private static readonly OptionValues Paper = OptionValues.None.With(VisualConditionOption.Mask, "post_softmax")
        .With(VisualConditionOption.RegularizationReduction, "sum").With(VisualConditionOption.DetachEndOfText, false);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_in_float64_are_the_slopes_of_the_loss_measured_by_finite_differences(bool paper)
    {
        // The published end-of-text side carries no gradient on purpose: its slope cannot be measured, so S★ is checked with it attached.
        var switches = paper ? Paper : Published.With(VisualConditionOption.DetachEndOfText, false);
        using var scope = NewDisposeScope();
        using var world = new TinyWorld(ScalarType.Float64, samples: 2);
        world.Loss(switches, Lambda).backward();

        foreach (var (name, parameter) in world.Trained().Where((_, i) => i % 7 == 0))
        {
            using var noGrad = no_grad();
            var direction = world.Net.Random(parameter.shape);
            direction = direction / direction.norm();
            var slope = (parameter.grad! * direction).sum().item<double>();
            const double H = 1e-5;                         // small enough that no cell changes sides in a mask
            parameter.copy_(parameter.Plus(direction.Times(H)));
            var above = world.Loss(switches, Lambda).item<double>();
            parameter.copy_(parameter.Plus(direction.Times(-2 * H)));
            var below = world.Loss(switches, Lambda).item<double>();
            parameter.copy_(parameter.Plus(direction.Times(H)));
            var measured = (above - below) / (2 * H);
            Assert.True(Math.Abs(measured - slope) <= 1e-6 * Math.Abs(slope) + 1e-9,
                $"{name}: gradient {slope:g9}, measured {measured:g9}");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_in_float32_are_those_in_float64_rounded(bool paper)
    {
        var switches = paper ? Paper : Published;
        using var scope = NewDisposeScope();
        using var exact = new TinyWorld(ScalarType.Float64, samples: 2);
        using var single = new TinyWorld(ScalarType.Float32, samples: 2);
        var (loss, rounded) = (exact.Loss(switches, Lambda), single.Loss(switches, Lambda));
        loss.backward();
        rounded.backward();

        Assert.Equal(loss.item<double>(), rounded.item<float>(), 1e-5);
        foreach (var (truth, ours) in exact.Trained().Zip(single.Trained()))
        {
            var off = (truth.Parameter.grad! - ours.Parameter.grad!.to(ScalarType.Float64)).norm()
                .item<double>() / truth.Parameter.grad!.norm().item<double>();
            Assert.True(off < 2e-4, $"{truth.Name}: off by {off:g3} of its norm");
        }
    }

    [Fact]
    public void A_batch_is_the_mean_of_its_samples_in_loss_and_in_every_gradient()
    {
        using var scope = NewDisposeScope();
        using var world = new TinyWorld(ScalarType.Float64, samples: 3);
        var batch = world.Loss(Published, Lambda);
        batch.backward();
        var together = world.Trained().Select(t => t.Parameter.grad!.clone()).ToList();
        world.ForgetGradients();
        var alone = Enumerable.Range(0, 3).Select(i => world.Loss(Published, Lambda, i)).ToList();
        foreach (var loss in alone) loss.Over(3).backward();

        Assert.Equal(alone.Average(l => l.item<double>()), batch.item<double>(), 1e-12);
        foreach (var ((name, parameter), expected) in world.Trained().Zip(together))
        {
            var off = (expected - parameter.grad!).norm().item<double>() / expected.norm().item<double>();
            Assert.True(off < 1e-10, $"{name}: off by {off:g3} of its norm");
        }
    }

    [Fact]
    public void Stable_Diffusions_image_blocks_and_S_are_81_tensors_of_51_249_728_numbers()
    {
        using var scope = NewDisposeScope();
        // A tenth of the width has the same places; a block's size follows from its width alone.
        using var narrow = new UNet2DConditionModel(
            new(4, 4, [32, 64, 128, 128], 2, [true, true, true, false], [false, true, true, true], [8, 8, 8, 8], 768, 32, 1e-5, true, 0,
                64));
        using var blocks = new ImageCrossAttention(narrow, [8, 10, 12, 14]);
        var widths = narrow.Blocks.Where(b => blocks.Layers.Contains(b.Id)).Select(b => 10 * b.Width).ToList();
        Assert.Equal([1280, 640, 640, 320], widths);
        Assert.Equal(80, blocks.NamedTensors().Count());

        var numbers = 768L;                                  // S★
        foreach (var width in widths)
        {
            using var block = new BasicTransformerBlock(new(width, width, 8));
            numbers += block.parameters().Sum(p => p.numel());
        }
        Assert.Equal(51_249_728, numbers);
    }
}
