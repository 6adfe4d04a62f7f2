using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Methods.VisualCondition;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Tests.Methods;
using ViCo.Options;

namespace ViCo.Engine.Tests.Models;

/// <summary>Truths about merged tokens, on a small network with random weights.</summary>
public sealed class TokenMergingTests : IDisposable
{
    private readonly TinyNetwork _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(0.1, 58)]               // of 8 × 8: the whole of 6.4
    [InlineData(0.5, 32)]
    [InlineData(0.75, 16)]              // one of each window
    public void The_ratios_share_of_tokens_disappears_and_each_row_is_the_mean_of_what_it_holds(double ratio, long kept)
    {
        var tokens = _tiny.Random(2, 64, 12);
        var match = TokenMatch.Of(tokens, [TokenMerging.Destinations(8, 8, 2, 2, () => 3)], ratio);
        var merged = match.Merge(tokens);

        Assert.Equal([2, kept, 12], merged.shape);
        for (var b = 0; b < 2; b++)
        {
            var rows = match.Rows[b].data<long>().ToArray();
            for (var row = 0; row < kept; row++)
            {
                long[] members = [.. Enumerable.Range(0, 64).Where(i => rows[i] == row)];
                Near(tokens[b].index_select(0, tensor(members)).mean([0]), merged[b, row]);
            }
        }
    }

    [Fact]
    public void Tokens_alike_come_back_as_they_were_and_a_gradient_reaches_every_one()
    {
        // Cells of a window alike: each source's nearest destination is its own window's, and the mean of equals is the same.
        var windows = _tiny.Random(1, 6, 4, 4);
        var tokens = windows.repeat_interleave(2, 2).repeat_interleave(2, 3).flatten(2).transpose(1, 2);       // [1, 64, 6]
        var match = TokenMatch.Of(tokens, [TokenMerging.Destinations(8, 8, 2, 2, () => 1)], 0.75);
        Near(tokens, match.Unmerge(match.Merge(tokens)));

        var free = _tiny.Random(1, 64, 6).requires_grad_();
        match.Unmerge(match.Merge(free)).sum().backward();
        // Each token's share of a sum over all is 1: it weighs 1/n in a mean that n tokens take.
        Near(ones_like(free), free.grad!);
    }

    [Fact]
    public void Destinations_change_with_timestep_and_block_and_are_one_in_each_window()
    {
        var merging = new TokenMerging(0.5);
        long[] At(int block, double timestep) => TokenMerging.Destinations(8, 8, 2, 2, merging.Draw(block, timestep));

        Assert.Equal(At(0, 981), At(0, 981));
        Assert.NotEqual(At(0, 981), At(1, 981));
        Assert.NotEqual(At(0, 981), At(0, 980.5));
        Assert.Equal(16, At(3, 1).Select(t => (t / 16, t % 8 / 2)).Distinct().Count());
    }

    [Theory]
    [InlineData(16, 16)]
    [InlineData(24, 16)]
    public void Merging_changes_a_pass_little_and_a_batch_with_its_own_timesteps_equals_its_samples_alone(int height, int width)
    {
        using var noGrad = no_grad();
        var (x, text) = (_tiny.Random(2, 4, height, width), _tiny.Random(2, TinyNetwork.Tokens, TinyNetwork.TextWidth));
        var t = tensor(new[] { 300L, 700L });
        var merging = new TokenMerging(0.4);
        var plain = _tiny.UNet.call(x, t, new(text), null);
        var merged = _tiny.UNet.call(x, t, new(text), new(merging.In(x, 300, 700)));

        var off = ((merged - plain).norm() / plain.norm()).item<float>();
        Assert.InRange(off, 1e-3, 0.5);
        foreach (var (i, timestep) in new[] { (0, 300L), (1, 700L) })
        {
            var one = x.narrow(0, i, 1);
            Near(merged.narrow(0, i, 1),
                _tiny.UNet.call(one, t.narrow(0, i, 1), new(text.narrow(0, i, 1)), new(merging.In(one, timestep))));
        }
    }

    [Fact]
    public void Maps_and_masks_keep_their_size_and_training_reaches_S_and_every_block_tensor()
    {
        var (t, text) = (TensorArithmetic.Repeated(300, 2, ScalarType.Int64, CPU),
            _tiny.Random(2, TinyNetwork.Tokens, TinyNetwork.TextWidth));
        var placeholder = _tiny.Random(1, TinyNetwork.TextWidth).requires_grad_();
        using var positions = TokenPositions.At([([3], 7), ([4], 8)], TinyNetwork.Tokens, CPU);
        var (noisy, reference) = (_tiny.Random(2, 4, 16, 16), _tiny.Random(2, 4, 16, 16));
        var merging = new TokenMerging(0.5) { MaxDownsample = 2, Parts = MergedParts.SelfAttention | MergedParts.TextAttention };
        IBlockVisitor Merge() => merging.In(noisy, 300);

        using (var plain = ReferenceFeatures.Compute(_tiny.UNet, reference, t, new(text), _tiny.Blocks.Layers))
        using (var merged = ReferenceFeatures.Record(
            _tiny.Blocks.Layers, recorder => _tiny.UNet.Visit(reference, t, new(text), new(Merge(), recorder))))
        {
            foreach (var layer in _tiny.Blocks.Layers)
            {
                Assert.Equal(plain.Map(layer).shape, merged.Map(layer).shape);
                Near(ones(2, plain.Map(layer).shape[1]), merged.Map(layer).sum(-1));
            }
        }

        var (noise, regularization) = VisualConditionMethod.Loss(
            _tiny.UNet, _tiny.Blocks, new(noisy, _tiny.Random(2, 4, 16, 16), reference, t, text.Plus(placeholder.unsqueeze(0)), positions),
            OptionValues.None, new(Merge()));
        noise.Plus(regularization).backward();
        Assert.True(placeholder.grad!.norm().item<float>() > 0);
        Assert.All(_tiny.Blocks.NamedTensors(), tensor => Assert.True(tensor.Parameter.grad!.norm().item<float>() > 0, tensor.Name));
    }

    private static void Near(Tensor expected, Tensor actual, double tolerance = 2e-5)
    {
        var off = (expected - actual).norm().item<float>();
        Assert.True(off <= tolerance * expected.norm().item<float>(), $"off by {off:g3} of {expected.norm().item<float>():g3}");
    }
}
