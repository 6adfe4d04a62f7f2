using ViCo.Engine.Models.UNet;
using ViCo.Engine.Personalization;

namespace ViCo.Engine.Tests.Personalization;

/// <summary>Truths about the image blocks and the reference path, on a small network with random weights.</summary>
public sealed class ImageAttentionTests : IDisposable
{
    private static readonly VisualConditionSwitches Switches = new();

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Generator _generator = new(7);
    private readonly UNet2DConditionModel _unet;
    private readonly ImageCrossAttention _blocks;

    public ImageAttentionTests()
    {
        manual_seed(11);
        _unet = new(new(4, 4, [16, 32, 32, 32], 1, [true, true, true, false], [false, true, true, true], [2, 2, 2, 2], 24, 8, 1e-5, true, 0, 16));
        // TorchSharp leaves the weights of normalisations unwritten.
        foreach (var (name, parameter) in _unet.named_parameters().Where(p => p.parameter.Dimensions == 1))
        {
            using var noGrad = no_grad();
            parameter.fill_(name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0.1);
        }
        foreach (var parameter in _unet.parameters()) parameter.requires_grad = false;
        int[] decoder = [.. _unet.Blocks.Where(b => b.LdmName.StartsWith("output", StringComparison.Ordinal)).Select(b => b.Id)];
        _blocks = new(_unet, [decoder[1], decoder[^2]]);
        _blocks.Initialize(_generator, zeroOutput: false);
    }

    public void Dispose()
    {
        _blocks.Dispose();
        _unet.Dispose();
        _generator.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Masking_nothing_equals_no_mask_and_masking_a_key_equals_removing_it()
    {
        using var noGrad = no_grad();
        var block = _blocks[_blocks.Layers.First()]!;
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
    public void The_two_masks_weigh_keys_as_worked_out_by_hand()
    {
        // Identity projections on unit vectors make a softmax over logits 1, 2, 3 visible in the output.
        using var noGrad = no_grad();
        using var attention = new CrossAttention(3, 3, 1);
        foreach (var (name, parameter) in attention.named_parameters())
            if (name.EndsWith("weight", StringComparison.Ordinal)) parameter.copy_(eye(3)); else parameter.zero_();
        var values = eye(3).unsqueeze(0);
        var query = tensor(new float[] { 1, 2, 3 }).view(1, 1, 3) * MathF.Sqrt(3);
        var keep = tensor(new[] { true, false, true }).unsqueeze(0);

        Near(tensor(new[] { .119203f, 0, .880797f }), attention.call(query, ObjectMask.Context(values, keep, "pre_softmax")).flatten(), 1e-5);
        Near(tensor(new[] { .090031f, 0, .665241f }), attention.call(query, ObjectMask.Context(values, keep, "post_softmax")).flatten(), 1e-5);
    }

    [Fact]
    public void One_reference_pass_for_all_samples_equals_one_for_each()
    {
        using var noGrad = no_grad();
        var (x, t) = (Random(3, 4, 16, 16), full(3, 300, ScalarType.Int64));
        var (reference, text) = (Random(1, 4, 16, 16), Random(1, 10, 24));
        using var positions = TokenPositions.At([([3], 7)], 10, CPU);
        using var tripled = TokenPositions.At([([3], 7), ([3], 7), ([3], 7)], 10, CPU);
        var rows = zeros(3, ScalarType.Int64);

        using var once = ReferenceFeatures.Compute(_unet, reference, t.narrow(0, 0, 1), new(text), _blocks.Layers);
        using var each = ReferenceFeatures.Compute(_unet, reference.expand(3, -1, -1, -1), t, new(text.expand(3, -1, -1)), _blocks.Layers);
        var shared = _unet.call(x, t, new(text, rows), Attention(once, positions, rows));
        var separate = _unet.call(x, t, new(text.expand(3, -1, -1)), Attention(each, tripled, null));

        Near(separate, shared);
        for (var i = 0; i < 3; i++)
            Near(shared.narrow(0, i, 1), _unet.call(x.narrow(0, i, 1), t.narrow(0, 0, 1), new(text), Attention(once, positions, null)));
    }

    [Fact]
    public void References_are_joined_each_with_its_own_mask()
    {
        using var noGrad = no_grad();
        var (x, t) = (Random(1, 4, 16, 16), full(1, 300, ScalarType.Int64));
        var text = Random(1, 10, 24);
        using var positions = TokenPositions.At([([3], 7)], 10, CPU);
        using var a = ReferenceFeatures.Compute(_unet, Random(1, 4, 16, 16), t, new(text), _blocks.Layers);
        using var twice = ReferenceFeatures.Compute(
            _unet, Random(2, 4, 16, 16), t.expand(2), new(text, zeros(2, ScalarType.Int64)), _blocks.Layers);
        var masks = ObjectMask.Masks(twice, positions.Placeholder.expand(2, -1), 10);
        var joined = ObjectMask.Contexts(twice, masks, Switches, references: 2);

        foreach (var layer in _blocks.Layers)
        {
            var tokens = twice.Tokens(layer);
            Assert.Equal([1, 2 * tokens.shape[1], tokens.shape[2]], joined[layer].Tokens.shape);
            Near(cat([tokens[0], tokens[1]]), joined[layer].Tokens[0]);
            Assert.Equal(masks[layer].flatten().data<bool>().ToArray(), joined[layer].KeyBias!.flatten().eq(0).data<bool>().ToArray());
        }
        Assert.False(_unet.call(x, t, new(text), new ImageAttention(_blocks, joined)).isnan().any().item<bool>());
    }

    [Fact]
    public void Blocks_that_start_at_zero_output_change_nothing_and_blocks_off_in_one_half_change_only_the_other()
    {
        using var noGrad = no_grad();
        var (x, t, text) = (Random(2, 4, 16, 16), full(2, 300, ScalarType.Int64), Random(2, 10, 24));
        using var positions = TokenPositions.At([([3], 7), ([4], 8)], 10, CPU);
        using var features = ReferenceFeatures.Compute(_unet, Random(2, 4, 16, 16), t, new(text), _blocks.Layers);
        var plain = _unet.call(x, t, new(text), null);
        var contexts = ObjectMask.Contexts(features, ObjectMask.Masks(features, positions.Placeholder, 10), Switches);
        var on = _unet.call(x, t, new(text), new ImageAttention(_blocks, contexts));
        var second = contexts.ToDictionary(c => c.Key, c => new AttentionContext(c.Value.Tokens.narrow(0, 1, 1), KeyBias: c.Value.KeyBias!.narrow(0, 1, 1)));
        var half = _unet.call(x, t, new(text), new ImageAttention(_blocks, second, from: 1));

        Assert.True((on - plain).norm().item<float>() > 0.01 * plain.norm().item<float>());
        Near(plain.narrow(0, 0, 1), half.narrow(0, 0, 1));
        Near(on.narrow(0, 1, 1), half.narrow(0, 1, 1));

        _blocks.Initialize(_generator, zeroOutput: true);
        Near(plain, _unet.call(x, t, new(text), new ImageAttention(_blocks, contexts)), 0);
    }

    [Fact]
    public void Gradients_reach_S_and_every_block_tensor_and_no_frozen_one()
    {
        var (t, text) = (full(2, 300, ScalarType.Int64), Random(2, 10, 24));
        var placeholder = Random(1, 24).requires_grad_();
        using var positions = TokenPositions.At([([3], 7), ([4], 8)], 10, CPU);
        var (noise, regularization) = VisualCondition.Loss(
            _unet, _blocks, Random(2, 4, 16, 16), t, Random(2, 4, 16, 16), text + placeholder.unsqueeze(0), positions, Random(2, 4, 16, 16), Switches);
        (noise + regularization).backward();

        Assert.True(placeholder.grad!.norm().item<float>() > 0);
        Assert.Equal(40, _blocks.NamedTensors().Count());
        Assert.All(_blocks.NamedTensors(), tensor => Assert.True(tensor.Parameter.grad!.norm().item<float>() > 0, tensor.Name));
        Assert.All(_unet.parameters(), parameter => Assert.Null(parameter.grad));
    }

    [Theory]
    [InlineData("mean", 0.21875)]
    [InlineData("sum", 0.875)]
    public void The_regularizer_is_the_one_worked_out_by_hand(string reduction, double expected)
    {
        // One cell per row, two tokens: S★ and end of text.
        var map = tensor(new float[] { .1f, .2f, .2f, .2f, .4f, .2f, .1f, .1f }).view(1, 4, 2);
        using var positions = TokenPositions.At([([0], 1)], 2, CPU);
        Assert.Equal(expected, ObjectMask.Regularization(map, positions, Switches with { RegularizationReduction = reduction }).item<float>(), 1e-6);
    }

    private ImageAttention Attention(ReferenceFeatures features, TokenPositions positions, Tensor? rows) =>
        new(_blocks, ObjectMask.Contexts(features, ObjectMask.Masks(features, positions.Placeholder, 10), Switches, rows: rows));

    private Tensor Random(params long[] shape) => randn(shape, dtype: ScalarType.Float32, generator: _generator);

    private static void Near(Tensor expected, Tensor actual, double tolerance = 2e-5)
    {
        var off = (expected - actual).norm().item<float>();
        Assert.True(off <= tolerance * expected.norm().item<float>(), $"off by {off:g3} of {expected.norm().item<float>():g3}");
    }
}
