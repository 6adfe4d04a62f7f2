using ViCo.Engine.Diffusion;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;

namespace ViCo.Engine.Tests.Diffusion;

public sealed class GuidanceTests
{
    private static readonly GuidanceTerm Nothing = new(false, false, 1), Image = new(false, true, 1), Text = new(true, false, 1),
    Both = new(true, true, 1);

    [Fact]
    public void Terms_without_weight_are_not_computed()
    {
        Assert.Equal([Nothing, Text with { Scale = 5 }], Guidance.OfText(5));
        Assert.Equal([Text], Guidance.OfText(1));

        Assert.Equal([Image, Both with { Scale = 5 }], Guidance.Published(5, inUnconditional: true));
        Assert.Equal([Nothing, Both with { Scale = 5 }], Guidance.Published(5, inUnconditional: false));
        Assert.Equal([Both], Guidance.Published(1, inUnconditional: true));

        Assert.Equal([Nothing, Text with { Scale = 5 }, Both with { Scale = 2 }], Guidance.OfTextAndImage(5, 2));
        Assert.Equal(Guidance.Published(5, inUnconditional: false), Guidance.OfTextAndImage(5, 5));
        Assert.Equal(Guidance.OfText(5), Guidance.OfTextAndImage(5, 0));
        Assert.Equal([Text, Both with { Scale = 3 }], Guidance.OfTextAndImage(1, 3));
        Assert.Equal([Both], Guidance.OfTextAndImage(1, 1));
    }

    [Fact]
    public void One_pass_of_all_terms_equals_the_formula_over_passes_of_their_own()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var unet = TinyUNet();
        using var generator = new Generator(7);
        var text = randn(2, 5, unet.Config.CrossAttentionDim, generator: generator);
        var latents = randn(2, unet.Config.InChannels, 8, 8, generator: generator);
        var terms = Guidance.OfTextAndImage(5, 2);

        var combined = Guidance.Combine(unet, text, samples: 2, terms, _ => new Adaptation(new Shift(from: 4)))(latents, 300);

        var (none, prompt) = (Pass(0, null), Pass(1, null));
        var both = Pass(1, new Shift(from: 0));
        var formula = none.Plus((prompt - none).Times(5)).Plus((both - prompt).Times(2));
        Assert.True((combined - formula).abs().max().item<float>() < 1e-4 * formula.abs().max().item<float>());
        Assert.True((both - prompt).norm().item<float>() > 1e-2 * prompt.norm().item<float>());

        Tensor Pass(int row, IBlockVisitor? visitor) => unet.call(
            latents, TensorArithmetic.Repeated(300, 2, ScalarType.Int64, CPU),
            new AttentionContext(text.narrow(0, row, 1), zeros(2, ScalarType.Int64)), visitor is null ? null : new(visitor));
    }

    /// <summary>Stable Diffusion's shape at a twentieth of its width, with weights that let every block speak.</summary>
    private static UNet2DConditionModel TinyUNet()
    {
        bool[] attention = [true, true, true, false];
        var unet = new UNet2DConditionModel(new(
            InChannels: 4, OutChannels: 4, BlockOutChannels: [16, 16, 16, 16], LayersPerBlock: 2, attention, [.. attention.Reverse()],
            Heads: [4, 4, 4, 4],
            CrossAttentionDim: 16, NormGroups: 8, NormEps: 1e-5, CosineFirst: true, FrequencyShift: 0, SampleSize: 8));
        using var generator = new Generator(1);
        using var noGrad = no_grad();
        foreach (var (_, parameter) in unet.named_parameters())
        {
            using var scope = NewDisposeScope();
            var drawn = randn(parameter.shape, generator: generator);
            parameter.copy_(parameter.Dimensions == 1 ? drawn.Times(0.1).Plus(1)
                : drawn.Over(Math.Sqrt(parameter.numel() / (double)parameter.shape[0])));
        }
        return unet;
    }

    /// <summary>Stands where image blocks stand: changes the tokens of the samples from one on.</summary>
    private sealed class Shift(long from) : IBlockVisitor
    {
        public Tensor AfterTextBlock(int block, Tensor tokens, Tensor? textMap) => block != 10 ? tokens
            : cat([tokens.narrow(0, 0, from), tokens.narrow(0, from, tokens.shape[0] - from).Times(-0.5)]);
    }
}
