using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Methods.VisualCondition;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Options;

namespace ViCo.Engine.Tests.Methods;

/// <summary>Truths about the image blocks and the reference path, on a small network with random weights.</summary>
public sealed class ImageAttentionTests : IDisposable
{
    private static readonly OptionValues Switches = OptionValues.None;

    private readonly TinyNetwork _tiny = new();

    private UNet2DConditionModel Net => _tiny.UNet;

    private ImageCrossAttention Blocks => _tiny.Blocks;

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Masking_nothing_equals_no_mask_and_masking_a_key_equals_removing_it()
    {
        using var noGrad = no_grad();
        var block = Blocks[Blocks.Layers.First()]!;
        var width = (int)block.named_parameters().First(p => p.name == "norm1.weight").parameter.shape[0];
        var (tokens, reference) = (Random(2, 9, width), Random(2, 5, width));
        var all = ones(2, 5, dtype: ScalarType.Bool);
        var four = tensor(new[] { true, true, false, true, true }).expand(2, -1);

        Near(block.call(tokens, new(reference)), block.call(tokens, ObjectMask.Context(reference, all, "pre_softmax")));
        Near(block.call(tokens, new(reference)), block.call(tokens, ObjectMask.Context(reference, all, "post_softmax")));
        Near(block.call(tokens, new(cat([reference.narrow(1, 0, 2), reference.narrow(1, 3, 2)], 1))),
            block.call(tokens, ObjectMask.Context(reference, four, "pre_softmax")));
    }

    [Fact]
    public void A_mask_applied_equals_the_tokens_it_hides_taken_out()
    {
        using var noGrad = no_grad();
        foreach (var layer in Blocks.Layers)
        {
            var block = Blocks[layer]!;
            var width = (int)block.named_parameters().First(p => p.name == "norm1.weight").parameter.shape[0];
            var (tokens, reference) = (Random(6, 9, width), Random(6, 30, width));
            // Samples keep 1 to 30 of 30 tokens: no two of a batch the same number.
            var mask = stack([.. new[] { 1, 4, 9, 15, 24, 30 }.Select(kept => Random(30).argsort().less(kept))]);
            var applied = block.call(tokens, ObjectMask.Context(reference, mask, "pre_softmax"));
            for (var i = 0; i < 6; i++)
                Near(block.call(tokens.narrow(0, i, 1), new(reference[i][mask[i]].unsqueeze(0))), applied.narrow(0, i, 1));
        }
    }

    [Fact]
    public void The_two_masks_weigh_keys_as_worked_out_by_hand()
    {
        // Identity projections on unit vectors make a softmax over logits 1, 2, 3 visible in the output.
        using var noGrad = no_grad();
        using var attention = new CrossAttention(3, 3, 1);
        foreach (var (name, parameter) in attention.named_parameters())
            if (name.EndsWith("weight", StringComparison.Ordinal)) parameter.copy_(eye(3)); else parameter.zero_();
        var values = eye(3).unsqueeze(0);
        var query = tensor(new float[] { 1, 2, 3 }).view(1, 1, 3).Times(MathF.Sqrt(3));
        var keep = tensor(new[] { true, false, true }).unsqueeze(0);

        Near(tensor(new[] { .119203f, 0, .880797f }), attention.call(query, ObjectMask.Context(values, keep, "pre_softmax")).flatten(),
            1e-5);
        Near(tensor(new[] { .090031f, 0, .665241f }), attention.call(query, ObjectMask.Context(values, keep, "post_softmax")).flatten(),
            1e-5);
    }

    [Fact]
    public void One_reference_pass_for_all_samples_equals_one_for_each()
    {
        using var noGrad = no_grad();
        var (x, t) = (Random(3, 4, 16, 16), Timestep(3));
        var (reference, text) = (Random(1, 4, 16, 16), Random(1, 10, 24));
        using var positions = TokenPositions.At([([3], 7)], 10, CPU);
        using var tripled = TokenPositions.At([([3], 7), ([3], 7), ([3], 7)], 10, CPU);
        var rows = zeros(3, ScalarType.Int64);

        using var once = ReferenceFeatures.Compute(Net, reference, t.narrow(0, 0, 1), new(text), Blocks.Layers);
        using var each = ReferenceFeatures.Compute(Net, reference.expand(3, -1, -1, -1), t, new(text.expand(3, -1, -1)), Blocks.Layers);
        var shared = Net.call(x, t, new(text, rows), Attention(once, positions, rows));
        var separate = Net.call(x, t, new(text.expand(3, -1, -1)), Attention(each, tripled, null));

        Near(separate, shared);
        for (var i = 0; i < 3; i++)
            Near(shared.narrow(0, i, 1), Net.call(x.narrow(0, i, 1), t.narrow(0, 0, 1), new(text), Attention(once, positions, null)));
    }

    [Fact]
    public void References_are_joined_each_with_its_own_mask()
    {
        using var noGrad = no_grad();
        var (x, t) = (Random(1, 4, 16, 16), Timestep(1));
        var text = Random(1, 10, 24);
        using var positions = TokenPositions.At([([3], 7)], 10, CPU);
        using var a = ReferenceFeatures.Compute(Net, Random(1, 4, 16, 16), t, new(text), Blocks.Layers);
        using var twice = ReferenceFeatures.Compute(
            Net, Random(2, 4, 16, 16), t.expand(2), new(text, zeros(2, ScalarType.Int64)), Blocks.Layers);
        var masks = ObjectMask.Masks(twice, positions.Placeholder.expand(2, -1), 10);
        var joined = ObjectMask.Contexts(twice, masks, Switches, references: 2);

        foreach (var layer in Blocks.Layers)
        {
            var tokens = twice.Tokens(layer);
            Assert.Equal([1, 2 * tokens.shape[1], tokens.shape[2]], joined[layer].Tokens.shape);
            Near(cat([tokens[0], tokens[1]]), joined[layer].Tokens[0]);
            Assert.Equal(masks[layer].flatten().data<bool>().ToArray(), joined[layer].KeyBias!.flatten().eq(tensor(0f)).data<bool>()
                .ToArray());
        }
        Assert.False(Net.call(x, t, new(text), Looking(joined)).isnan().any().item<bool>());
    }

    [Fact]
    public void Blocks_that_start_at_zero_output_change_nothing_and_blocks_off_in_one_half_change_only_the_other()
    {
        using var noGrad = no_grad();
        var (x, t, text) = (Random(2, 4, 16, 16), Timestep(2), Random(2, 10, 24));
        using var positions = TokenPositions.At([([3], 7), ([4], 8)], 10, CPU);
        using var features = ReferenceFeatures.Compute(Net, Random(2, 4, 16, 16), t, new(text), Blocks.Layers);
        var plain = Net.call(x, t, new(text), null);
        var contexts = ObjectMask.Contexts(features, ObjectMask.Masks(features, positions.Placeholder, 10), Switches);
        var on = Net.call(x, t, new(text), Looking(contexts));
        var second = contexts.ToDictionary(c => c.Key, c =>
            new AttentionContext(c.Value.Tokens.narrow(0, 1, 1), KeyBias: c.Value.KeyBias!.narrow(0, 1, 1)));
        var half = Net.call(x, t, new(text), Looking(second, Rows.Range(1, 1)));

        Assert.True((on - plain).norm().item<float>() > 0.01 * plain.norm().item<float>());
        Near(plain.narrow(0, 0, 1), half.narrow(0, 0, 1));
        Near(on.narrow(0, 1, 1), half.narrow(0, 1, 1));

        Blocks.Initialize(_tiny.Generator, zeroOutput: true);
        Near(plain, Net.call(x, t, new(text), Looking(contexts)), 0);
    }

    [Fact]
    public void Gradients_reach_S_and_every_block_tensor_and_no_frozen_one()
    {
        var (t, text) = (Timestep(2), Random(2, 10, 24));
        var placeholder = Random(1, 24).requires_grad_();
        using var positions = TokenPositions.At([([3], 7), ([4], 8)], 10, CPU);
        var (noise, regularization) = VisualConditionMethod.Loss(
            Net, Blocks, new(Random(2, 4, 16, 16), Random(2, 4, 16, 16), Random(2, 4, 16, 16), t, text.Plus(placeholder.unsqueeze(0)),
                positions), Switches);
        noise.Plus(regularization).backward();

        Assert.True(placeholder.grad!.norm().item<float>() > 0);
        Assert.Equal(40, Blocks.NamedTensors().Count());
        Assert.All(Blocks.NamedTensors(), tensor => Assert.True(tensor.Parameter.grad!.norm().item<float>() > 0, tensor.Name));
        Assert.All(Net.parameters(), parameter => Assert.Null(parameter.grad));
    }

    [Theory]
    [InlineData("mean", 0.21875)]
    [InlineData("sum", 0.875)]
    public void The_regularizer_is_the_one_worked_out_by_hand(string reduction, double expected)
    {
        // One cell per row, two tokens: S★ and end of text.
        var map = tensor(new float[] { .1f, .2f, .2f, .2f, .4f, .2f, .1f, .1f }).view(1, 4, 2);
        using var positions = TokenPositions.At([([0], 1)], 2, CPU);
        Assert.Equal(expected,
            ObjectMask.Regularization(map, positions, Switches.With(VisualConditionOption.RegularizationReduction, reduction))
            .item<float>(), 1e-6);
    }

    private Adaptation Attention(ReferenceFeatures features, TokenPositions positions, Tensor? rows) =>
        Looking(ObjectMask.Contexts(features, ObjectMask.Masks(features, positions.Placeholder, 10), Switches, rows: rows));

    /// <summary>A pass in which samples look at references through the image blocks.</summary>
    private Adaptation Looking(IReadOnlyDictionary<int, AttentionContext> contexts, Rows? samples = null) =>
        new(new ImageAttention().Add(Blocks, new(samples ?? Rows.All, contexts)));

    private static Tensor Timestep(long samples) => TensorArithmetic.Repeated(300, samples, ScalarType.Int64, CPU);

    private Tensor Random(params long[] shape) => _tiny.Random(shape);

    private static void Near(Tensor expected, Tensor actual, double tolerance = 2e-5)
    {
        var off = (expected - actual).norm().item<float>();
        Assert.True(off <= tolerance * expected.norm().item<float>(), $"off by {off:g3} of {expected.norm().item<float>():g3}");
    }
}
