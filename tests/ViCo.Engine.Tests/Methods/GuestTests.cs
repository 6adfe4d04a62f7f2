using TorchSharp.Modules;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Text;
using ViCo.Engine.Models.UNet;
using static TorchSharp.torch.nn;

namespace ViCo.Engine.Tests.Methods;

/// <summary>What methods to come need of a pass: to change any linear layer, on their own rows alone.</summary>
public sealed class GuestTests : IDisposable
{
    private readonly TinyNetwork _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Every_linear_layer_of_the_transformer_blocks_takes_a_guest_and_so_do_the_convolutions_around_them()
    {
        using var noGrad = no_grad();
        var (x, t, text) = (_tiny.Random(2, 4, 16, 16), tensor([37L, 800L]),
            new AttentionContext(_tiny.Random(2, TinyNetwork.Tokens, TinyNetwork.TextWidth)));
        var plain = _tiny.UNet.call(x, t, text, null);
        var layers = _tiny.UNet.named_modules().Where(m => m.module is Projection || m.name.EndsWith("proj_in", StringComparison.Ordinal)
            || m.name.EndsWith("proj_out", StringComparison.Ordinal)).ToList();

        // Ten linear layers and two convolutions per block.
        Assert.Equal(12 * _tiny.UNet.Blocks.Count, layers.Count);
        foreach (var (name, module) in layers)
        {
            using var scope = NewDisposeScope();
            var pass = new Adaptation();
            pass.Join(module, new(Rows.Range(1, 1), Rows.Range(1, 1)), new Doubling());
            var changed = _tiny.UNet.call(x, t, text, pass);
            Assert.True(changed[0].equal(plain[0]).all().item<bool>(), $"{name}: a row that is not the guest's");
            Assert.False(changed[1].equal(plain[1]).all().item<bool>(), name);
        }
    }

    [Fact]
    public void Guests_of_two_concepts_at_one_layer_each_change_their_own_rows_of_texts_that_samples_share()
    {
        using var noGrad = no_grad();
        // Four samples attend to two texts; each text and its samples are one concept's.
        var (x, t, texts) = (_tiny.Random(4, 4, 16, 16), tensor([5L, 5L, 5L, 5L]),
            _tiny.Random(2, TinyNetwork.Tokens, TinyNetwork.TextWidth));
        var layer = _tiny.UNet.named_modules().First(m => m.name.EndsWith("attn2.to_k", StringComparison.Ordinal)).module;
        var (a, b) = (new LowRank(_tiny, layer), new LowRank(_tiny, layer));
        var pass = new Adaptation();
        pass.Join(layer, new(Rows.Of([0]), Rows.Of([0, 2])), a);
        pass.Join(layer, new(Rows.Of([1]), Rows.Of([1, 3])), b);
        var together = _tiny.UNet.call(x, t, new(texts, tensor([0L, 1L, 0L, 1L])), pass);

        foreach (var (guest, text, samples) in new[] { (a, 0, Rows.Of([0, 2])), (b, 1, Rows.Of([1, 3])) })
        {
            var own = new Adaptation();
            own.Join(layer, Share.Whole, guest);
            var alone = _tiny.UNet.call(samples.Pick(x), samples.Pick(t), new(texts.narrow(0, text, 1), zeros(2, ScalarType.Int64)), own);
            Near(alone, samples.Pick(together));
        }
        Assert.True((together[0] - together[2]).norm().item<float>() > 1e-3);
    }

    [Fact]
    public void Rotating_the_input_equals_rotating_the_weight()
    {
        using var noGrad = no_grad();
        var layer = new Projection(6, 4);
        _tiny.Fill(layer, 1);
        var rotation = linalg.qr(_tiny.Random(6, 6)).Q;
        var x = _tiny.Random(3, 5, 6);
        var pass = new Adaptation();
        pass.Join(layer, Share.Whole, new Rotation(rotation));
        Near(functional.linear(x, matmul(layer.Weight, rotation), layer.Bias), layer.Project(x, pass));
    }

    [Fact]
    public void Gradients_of_a_guest_reach_its_pair_and_no_frozen_weight()
    {
        var layer = (Projection)_tiny.UNet.named_modules().First(m => m.name.EndsWith("attn1.to_q", StringComparison.Ordinal)).module;
        var pair = new LowRank(_tiny, layer);
        pair.Up.requires_grad_();
        var pass = new Adaptation();
        pass.Join(layer, new(Rows.All, Rows.Range(1, 1)), pair);
        _tiny.UNet.call(_tiny.Random(2, 4, 16, 16), tensor([5L, 9L]), new(_tiny.Random(2, TinyNetwork.Tokens, TinyNetwork.TextWidth)), pass)
            .square().sum().backward();
        Assert.True(pair.Up.grad!.norm().item<float>() > 0);
        Assert.All(_tiny.UNet.parameters(), p => Assert.Null(p.grad));
    }

    [Fact]
    public void A_text_prefix_changes_its_own_texts_as_attention_with_one_key_more_does_and_leaves_the_others()
    {
        using var noGrad = no_grad();
        using var tower = new CLIPTextModel(new(40, 24, 2, 2, 48, 10, 1e-5, true));
        _tiny.Fill(tower, 1);
        var ids = tensor([.. Enumerable.Range(0, 20).Select(i => (long)(i * 7 % 40))]).view(2, 10);
        var plain = tower.call(ids, null);
        var pass = new Adaptation();
        pass.Join(Rows.Range(0, 1), new Prefix(_tiny.Random(3, 24), _tiny.Random(3, 24), 0));
        var prefixed = tower.call(ids, pass);
        Assert.True(prefixed[1].equal(plain[1]).all().item<bool>());
        Assert.False(prefixed[0].equal(plain[0]).all().item<bool>());

        // A prefix that no query would look at changes nothing.
        var blind = new Adaptation();
        blind.Join(Rows.All, new Prefix(_tiny.Random(3, 24), _tiny.Random(3, 24), -1e9));
        Near(plain, tower.call(ids, blind));
    }

    [Fact]
    public void Each_text_of_a_batch_has_its_own_concepts_placeholder_rows()
    {
        using var noGrad = no_grad();
        using var tower = new CLIPTextModel(new(40, 24, 2, 2, 48, 10, 1e-5, true));
        _tiny.Fill(tower, 1);
        // The same ids: 40 and 41 stand for rows 0 and 1 of whatever the text was given.
        var ids = tensor([1L, 40, 3, 41, 5, 6, 7, 8, 9, 39]).view(1, 10);
        var (first, second) = (_tiny.Random(2, 24), _tiny.Random(2, 24));
        var both = new Adaptation();
        both.Placeholders.Add(Rows.Range(0, 1), first);
        both.Placeholders.Add(Rows.Range(1, 1), second.narrow(0, 0, 1), second.narrow(0, 1, 1));
        var together = tower.call(ids.expand(2, -1), both);
        foreach (var (rows, k) in new[] { (first, 0), (second, 1) })
        {
            var own = new Adaptation();
            own.Placeholders.Add(Rows.All, rows);
            Near(tower.call(ids, own), together.narrow(0, k, 1));
        }
    }

    [Theory]
    [InlineData(new[] { 0, 1, 2, 3, 4 })]
    [InlineData(new[] { 1, 2 })]
    [InlineData(new[] { 0, 2, 3 })]
    [InlineData(new int[] { })]
    public void Rows_put_back_where_they_were_taken_give_the_batch(int[] rows)
    {
        var (batch, some) = (_tiny.Random(5, 3), Rows.Of(rows));
        Assert.Equal(rows.Length > 0, some.AnyIn(5));
        if (rows.Length > 0) Assert.Equal(rows.SelectMany(r => batch[r].data<float>().ToArray()), some.Pick(batch).contiguous()
            .data<float>().ToArray());
        if (rows.Length > 0) Assert.Equal(batch.data<float>().ToArray(), some.Put(batch, some.Pick(batch)).contiguous().data<float>()
            .ToArray());
        Assert.Throws<ArgumentException>(() => Rows.Of([2, 1]));
    }

    private static void Near(Tensor expected, Tensor actual) =>
        Assert.True((expected - actual).norm().item<float>() <= 2e-5 * expected.norm().item<float>(),
            $"off by {(expected - actual).norm().item<float>():g3}");

    private sealed class Doubling : ILayerGuest
    {
        public Tensor After(Tensor input, Tensor output) => output.Times(2);
    }

    private sealed class Rotation(Tensor rotation) : ILayerGuest
    {
        public Tensor Before(Tensor input) => matmul(input, rotation.t());
    }

    private sealed class LowRank(TinyNetwork net, Module layer) : ILayerGuest
    {
        public Tensor Down { get; } = net.Random(2, ((Projection)layer).Weight.shape[1]);

        public Tensor Up { get; } = net.Random(((Projection)layer).Weight.shape[0], 2);

        public Tensor After(Tensor input, Tensor output) => output.Plus(matmul(matmul(input, Down.t()), Up.t()));
    }

    private sealed record Prefix(Tensor Keys, Tensor Values, double Bias) : ITextPrefix
    {
        double ITextPrefix.LogitBias => Bias;

        (Tensor Keys, Tensor Values)? ITextPrefix.At(int layer) => layer == 1 ? (Keys, Values) : null;
    }
}
