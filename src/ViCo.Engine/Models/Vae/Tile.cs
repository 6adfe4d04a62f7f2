namespace ViCo.Engine.Models.Vae;

/// <summary>A rectangle of a map, and the context around it that its computation needs. In latent cells.</summary>
internal sealed record Tile(long Top, long Left, long Height, long Width, long HaloTop, long HaloLeft, long HeightWithHalo, long WidthWithHalo)
{
    /// <summary>Tiles that cover a map, none overlapping another.</summary>
    /// <param name="side">Of the largest tile.</param>
    /// <param name="halo">Context on each side, as far as the map goes.</param>
    public static IReadOnlyList<Tile> Cover(long height, long width, long side, long halo)
    {
        return [.. Spans(height).SelectMany(y => Spans(width).Select(x => new Tile(
            y.Start, x.Start, y.Length, x.Length, y.Start - y.From, x.Start - x.From, y.To - y.From, x.To - x.From)))];

        // As equal as can be: a narrow last one would hold little but halo.
        IEnumerable<(long Start, long Length, long From, long To)> Spans(long whole)
        {
            var count = (whole + side - 1) / side;
            for (var i = 0L; i < count; i++)
            {
                var (start, end) = (whole * i / count, whole * (i + 1) / count);
                yield return (start, end - start, Math.Max(start - halo, 0), Math.Min(end + halo, whole));
            }
        }
    }

    /// <summary>This part of a map [B, C, h, w] with its context, a view.</summary>
    public Tensor WithHalo(Tensor map) => map.narrow(2, Top - HaloTop, HeightWithHalo).narrow(3, Left - HaloLeft, WidthWithHalo);

    /// <summary>What was computed from <see cref="WithHalo"/>, without the context; a view.</summary>
    /// <param name="scale">How many cells of it one latent cell became, each way.</param>
    public Tensor WithoutHalo(Tensor part, long scale) => part.narrow(2, scale * HaloTop, scale * Height).narrow(3, scale * HaloLeft, scale * Width);

    /// <summary>This tile's place in a result, a view.</summary>
    public Tensor Own(Tensor whole, long scale) => whole.narrow(2, scale * Top, scale * Height).narrow(3, scale * Left, scale * Width);
}
