using System.Globalization;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models.UNet;

namespace ViCo.Benchmarks;

/// <summary>
/// The linear layers of several concepts' image blocks, a row of tokens each: one concept after the other, or stacked in one batched
/// product (bmm) for each layer. Owns its tensors.
/// </summary>
internal sealed class StackedProducts : IDisposable
{
    private const int Repeats = 10;

    private readonly List<(Tensor Tokens, Tensor[] Weights, Tensor Stacked)> _layers = [];

    /// <param name="unet">What the blocks sit in.</param>
    /// <param name="concepts">The image blocks of each.</param>
    public StackedProducts(UNet2DConditionModel unet, IReadOnlyList<ImageCrossAttention> concepts)
    {
        using var scope = NewDisposeScope();
        foreach (var id in concepts[0].Layers)
        {
            var cells = CellsOf(unet, unet.Blocks[id]);
            var weights = concepts.Select(c => c[id]!.parameters().Where(p => p.Dimensions == 2).ToArray()).ToArray();
            for (var i = 0; i < weights[0].Length; i++)
            {
                Tensor[] each = [.. weights.Select(w => w[i].detach())];
                var tokens = randn([concepts.Count, cells, each[0].shape[1]], device: each[0].device);
                _layers.Add((Kept(tokens), [.. each.Select(Kept)], Kept(stack(each).transpose(1, 2).contiguous())));
            }
        }

        static Tensor Kept(Tensor tensor) => tensor.DetachFromDisposeScope();
    }

    /// <summary>Mean of several times.</summary>
    public Timing OneByOne() => Timed((tokens, weights, _) =>
    {
        for (var k = 0; k < weights.Length; k++) F.linear(tokens[k], weights[k]);
    });

    /// <inheritdoc cref="OneByOne"/>
    public Timing Stacked() => Timed((tokens, _, stacked) => bmm(tokens, stacked));

    public void Dispose()
    {
        foreach (var (tokens, weights, stacked) in _layers)
        {
            foreach (var tensor in weights.Append(tokens).Append(stacked)) tensor.Dispose();
        }
    }

    private Timing Timed(Action<Tensor, Tensor[], Tensor> products)
    {
        var clock = new Stopclock();
        for (var i = 0; i < Repeats; i++)
        {
            using var scope = NewDisposeScope();
            foreach (var (tokens, weights, stacked) in _layers) products(tokens, weights, stacked);
        }
        var elapsed = clock.Elapsed;
        return new(elapsed.Wall / Repeats, elapsed.Processor / Repeats);
    }

    /// <summary>Tokens of a decoder block, <c>output_blocks.N.1</c>.</summary>
    private static long CellsOf(UNet2DConditionModel unet, BlockPlace place)
    {
        var (config, number) = (unet.Config, int.Parse(place.LdmName.Split('.')[1], CultureInfo.InvariantCulture));
        long side = config.SampleSize >> (config.BlockOutChannels.Count - 1 - number / (config.LayersPerBlock + 1));
        return side * side;
    }
}
