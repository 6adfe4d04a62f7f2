using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Engine.Tests.Methods;

/// <summary>
/// Frozen networks in bfloat16 beside float32 masters: what comes out differs by rounding, what is trained stays float32.
/// </summary>
public sealed class PrecisionTests
{
    private const ScalarType Half = ScalarType.BFloat16, Single = ScalarType.Float32;

    /// <summary>Half a unit in the last of 8 significant bits.</summary>
    private const double Rounding = 1 / 256.0;

    private static readonly OptionValues Published = OptionValues.None;

    [Fact]
    public void Between_equal_types_nothing_is_inserted()
    {
        using var scope = NewDisposeScope();
        using var net = new TinyNetwork();
        var (linear, norm) = (new Projection(8, 8), nn.LayerNorm(8));
        net.Fill(linear, 1);
        foreach (var dtype in new[] { ScalarType.Float32, ScalarType.Float64 })
        {
            linear.to(dtype);
            norm.to(dtype);
            var x = net.Random(3, 8).to(dtype);
            Assert.Same(x, x.As(dtype));
            Assert.Same(x, x.AtLeastSingle());
            Assert.True(linear.call(x).equal(nn.functional.linear(x, linear.Weight, linear.Bias)).all().item<bool>());
            Assert.True(norm.Normalize(x).equal(norm.call(x)).all().item<bool>());
        }
    }

    [Fact]
    public void A_U_Net_in_bf16_predicts_the_noise_of_one_in_fp32_up_to_rounding()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var single = new TinyNetwork();
        using var half = new TinyNetwork(frozen: Half);
        var latents = single.Random(2, 4, 16, 16);
        var text = single.Random(2, TinyNetwork.Tokens, TinyNetwork.TextWidth);
        var timesteps = tensor([37L, 800L]);
        var (expected, found) =
            (single.UNet.call(latents, timesteps, new(text), null), half.UNet.call(latents, timesteps, new(text), null));

        Assert.Equal(Single, found.dtype);
        // Each layer rounds what it gives once; that many independent roundings add up like the steps of a random walk.
        var layers = single.UNet.named_parameters().Count(p => p.name.EndsWith("weight", StringComparison.Ordinal));
        Assert.InRange(Off(expected, found), Rounding / 4, Rounding * Math.Sqrt(layers));
    }

    [Theory]
    [InlineData("pre_softmax")]
    [InlineData("post_softmax")]
    public void Gradients_reach_S_and_every_block_tensor_in_fp32_and_point_where_those_of_fp32_do(string mask)
    {
        using var scope = NewDisposeScope();
        // A cell whose rounding moves it across a mask's threshold weighs less among three samples.
        using var single = new TinyWorld(Single, samples: 3);
        using var half = new TinyWorld(Single, samples: 3, frozen: Half);
        var switches = Published.With(VisualConditionOption.Mask, mask);
        var (loss, rounded) = (single.Loss(switches, lambda: 0.05), half.Loss(switches, lambda: 0.05));
        loss.backward();
        rounded.backward();

        Assert.Equal(Single, rounded.dtype);
        Assert.Equal(1, rounded.item<float>() / loss.item<float>(), 10 * Rounding);
        foreach (var ((name, exact), (_, ours)) in single.Trained().Zip(half.Trained()))
        {
            Assert.Equal((Single, Single), (ours.dtype, ours.grad!.dtype));
            var cosine = nn.functional.cosine_similarity(exact.grad!.flatten(), ours.grad!.flatten(), dim: 0).item<float>();
            Assert.True(cosine > 0.99, $"{name}: cosine {cosine:0.0000}");
        }
        Assert.All(half.Net.UNet.parameters(), p => Assert.Equal(Half, p.dtype));
    }

    [Fact]
    public void Training_in_bf16_brings_the_loss_of_a_batch_down_as_training_in_fp32_does()
    {
        var (single, half) = (Losses(null), Losses(Half));

        Assert.True(half[^1] < 0.9 * half[0], $"from {half[0]} to {half[^1]}");
        Assert.Equal((single[0] - single[^1]) / single[0], (half[0] - half[^1]) / half[0], 0.05);

        static double[] Losses(ScalarType? frozen)
        {
            using var scope = NewDisposeScope();
            using var world = new TinyWorld(Single, samples: 1, frozen);
            using var optimizer = new AdamW([new(2e-3, [.. world.Trained()])], weightDecay: 0.01);
            return [.. Enumerable.Range(0, 8).Select(_ =>
            {
                using var step = NewDisposeScope();
                var loss = world.Loss(Published, lambda: 5e-4);
                optimizer.ZeroGrad();
                loss.backward();
                optimizer.Step();
                return (double)loss.item<float>();
            })];
        }
    }

    [Fact]
    public void Maps_are_softmaxed_in_fp32_and_most_cells_of_the_masks_agree()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var single = new TinyNetwork();
        using var half = new TinyNetwork(frozen: Half);
        var latents = single.Random(2, 4, 16, 16);
        var text = single.Random(2, TinyNetwork.Tokens, TinyNetwork.TextWidth).Times(3);
        using var positions = TokenPositions.At([([2], 3), ([4], 5)], TinyNetwork.Tokens, CPU);
        using var expected = Features(single);
        using var found = Features(half);
        var (masks, ours) = (ObjectMask.Masks(expected, positions.Placeholder, 10), ObjectMask.Masks(found, positions.Placeholder, 10));

        foreach (var layer in single.Blocks.Layers)
        {
            Assert.Equal((Half, Single), (found.Tokens(layer).dtype, found.Map(layer).dtype));
            // Rows of float32 probabilities sum to 1 as closely as float32 can; rounded to bf16 they would miss by a thousandth.
            Assert.InRange(found.Map(layer).sum(-1).Minus(1).abs().max().item<float>(), 0, 1e-5);
            var agreement = masks[layer].eq(ours[layer]).to(Single).mean().item<float>();
            Assert.True(agreement > 0.95, $"layer {layer}: {agreement:P1} of the cells agree");
        }
        Assert.True(found.Bytes < expected.Bytes);

        ReferenceFeatures Features(TinyNetwork net) =>
            ReferenceFeatures.Compute(net.UNet, latents, tensor([100L, 500L]), new(text), net.Blocks.Layers);
    }

    [Fact]
    public void An_empty_mask_weighs_all_keys_alike_in_bf16_too()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var net = new TinyNetwork(frozen: Half);
        var (layer, tokens, reference) = FirstBlock(net);
        var empty = ObjectMask.Context(reference, zeros(1, 5, dtype: ScalarType.Bool), "pre_softmax");
        var whole = ObjectMask.Context(reference, ones(1, 5, dtype: ScalarType.Bool), "pre_softmax");

        Assert.True(empty.KeyBias!.isfinite().all().item<bool>());
        var (blind, seeing) = (net.Blocks[layer]!.call(tokens, empty), net.Blocks[layer]!.call(tokens, whole));
        Assert.Equal(Half, blind.dtype);
        Assert.True(blind.isfinite().all().item<bool>());
        Assert.True(seeing.isfinite().all().item<bool>());
    }

    [Fact]
    public void Blocks_stored_in_bf16_compute_what_fp32_masters_do_and_keep_their_norms()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var net = new TinyNetwork(frozen: Half);
        var (layer, tokens, reference) = FirstBlock(net);
        var before = net.Blocks[layer]!.call(tokens, new AttentionContext(reference));
        foreach (var parameter in net.Blocks.parameters()) parameter.requires_grad = false;
        net.Blocks.StoreLinearLayersAs(Half);

        Assert.True(net.Blocks[layer]!.call(tokens, new AttentionContext(reference)).equal(before).all().item<bool>());
        Assert.All(net.Blocks.NamedTensors(), t =>
            Assert.Equal(t.Name.Contains(".norm", StringComparison.Ordinal) ? Single : Half, t.Parameter.dtype));
    }

    [Fact]
    public void A_gain_that_differs_from_1_by_less_than_bf16_can_hold_still_counts()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var net = new TinyNetwork();
        var norm = nn.LayerNorm(64);
        var x = net.Random(200, 64).to(Half);
        var plain = norm.Normalize(x);
        norm.weight!.copy_(tensor(1 + Rounding / 4));

        Assert.Equal(1f, norm.weight.to(Half).to(Single).max().item<float>());
        Assert.False(norm.Normalize(x).equal(plain).all().item<bool>());
    }

    /// <summary>The first layer with an image block; 6 tokens to put through it and 5 to attend to, in bf16.</summary>
    private static (int Layer, Tensor Tokens, Tensor Reference) FirstBlock(TinyNetwork net)
    {
        var layer = net.Blocks.Layers.First();
        var width = net.UNet.Blocks[layer].Width;
        return (layer, net.Random(1, 6, width).to(Half), net.Random(1, 5, width).to(Half));
    }

    /// <summary>Of the norm.</summary>
    private static double Off(Tensor expected, Tensor found) => (expected - found).norm().item<float>() / expected.norm().item<float>();
}
