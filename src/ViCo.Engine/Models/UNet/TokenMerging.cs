
namespace ViCo.Engine.Models.UNet;

/// <summary>
/// Token merging for Stable Diffusion (ToMe): the finest blocks attend among fewer tokens. Bolya and Hoffman 2023 (arXiv:2303.17604).
/// </summary>
/// <remarks>
/// Around self-attention by default, as published: outside of it every token is there, so maps, masks and image blocks keep their sizes,
/// and the image blocks themselves merge nothing. The destination of each window is drawn from the timestep and the block alone: no picture
/// depends on its neighbours, reference features can be kept, and a resumed training draws what an uninterrupted one would.
/// </remarks>
/// <param name="Ratio">Share of a block's tokens that is merged away, above 0 to 0.75: one token of each window stays.</param>
internal sealed record TokenMerging(double Ratio)
{
    private const int WindowSide = 2;

    /// <summary>Blocks merge whose maps are the latents' sides divided by at most this; the paper's 1: those of the finest level.</summary>
    public int MaxDownsample { get; init; } = 1;

    public MergedParts Parts { get; init; } = MergedParts.SelfAttention;

    /// <summary>
    /// From block and timestep to a source of cells, asked once per window: which of its cells (row by row) is the destination.
    /// </summary>
    public Func<int, double, Func<int>> Draw { get; init; } = (block, timestep) =>
    {
        var random = new StepRandom(BitConverter.DoubleToInt64Bits(timestep), StepRandom.Purpose.TokenMerging, block);
        return () => random.Below(WindowSide * WindowSide);
    };

    /// <summary>Keep the windows' destinations by block and timestep; null: they are drawn each time.</summary>
    public DeviceTables? Tables { get; init; }

    /// <summary>The merging of an option: null for 0.</summary>
    public static TokenMerging? Of(double ratio, DeviceTables? tables) => ratio == 0 ? null : new(ratio) { Tables = tables };

    /// <summary>Merges in a pass.</summary>
    /// <param name="latents">The pass's [B, C, h, w].</param>
    /// <param name="timesteps">One for all samples, or one each.</param>
    public IBlockVisitor In(Tensor latents, params IReadOnlyList<double> timesteps) =>
        new Visitor(this, latents.shape[^2] * latents.shape[^1], timesteps);

    /// <summary>One token of each full window, ascending.</summary>
    /// <param name="cell">Called window by window, row by row: the chosen cell of the window, row by row.</param>
    internal static long[] Destinations(long height, long width, int windowHeight, int windowWidth, Func<int> cell)
    {
        var tokens = new List<long>();
        for (var top = 0; top + windowHeight <= height; top += windowHeight)
        {
            for (var left = 0; left + windowWidth <= width; left += windowWidth)
            {
                var (dy, dx) = Math.DivRem(cell(), windowWidth);
                tokens.Add((top + dy) * width + left + dx);
            }
        }
        tokens.Sort();
        return [.. tokens];
    }

    private sealed class Visitor(TokenMerging merging, long latentCells, IReadOnlyList<double> timesteps) : IBlockVisitor
    {
        public BlockMerge? Merge(int block, Tensor tokens, long height, long width)
        {
            if (Math.Sqrt(latentCells / (height * width)) > merging.MaxDownsample || height < WindowSide || width < WindowSide) return null;
            // References leave a joint pass early: the first samples go on.
            var passing = timesteps.Count == 1 ? timesteps : timesteps.Take((int)tokens.shape[0]);
            Tensor[] order =
                [.. passing.Select(t => merging.Tables?.Of((nameof(TokenMerging), block, t, height, width), device => Order(t, device))
                ?? Order(t, tokens.device))];
            var destinations = height / WindowSide * (width / WindowSide);
            return new(TokenMatch.Of(tokens, order.Length == 1 ? order[0] : cat(order), destinations, merging.Ratio), merging.Parts);

            Tensor Order(double timestep, Device device) => TokenMatch.Order(
                height * width, Destinations(height, width, WindowSide, WindowSide, merging.Draw(block, timestep)), device);
        }
    }
}
