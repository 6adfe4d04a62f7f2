namespace ViCo.ToyboxWorld;

/// <summary>Smooth random fields that repeat at their borders: what textures and nebulae are made of.</summary>
internal static class Grain
{
    private const int Side = 384;

    private static readonly float[][] _coarse = [.. Enumerable.Range(0, 4).Select(i => Made((ulong)i, 6, 12, 24, 48, 96))];
    private static readonly float[][] _fine = [.. Enumerable.Range(4, 2).Select(i => Made((ulong)i, 96, 192))];

    /// <summary>A picture's worth of one of them, of mean 0 and deviation about 1.</summary>
    public static float[] Piece(WorldRandom random, bool fine = false)
    {
        var whole = random.Of(fine ? _fine : _coarse);
        var (left, top) = (random.Below(Side - World.Side), random.Below(Side - World.Side));
        var piece = new float[World.Side * World.Side];
        for (var y = 0; y < World.Side; y++) whole.AsSpan(((top + y) * Side) + left, World.Side).CopyTo(piece.AsSpan(y * World.Side));
        return piece;
    }

    /// <summary>Random grids of rising fineness and falling weight, each smoothed to the whole size.</summary>
    private static float[] Made(ulong number, params int[] grids)
    {
        var random = new WorldRandom(12345 + number);
        var (sum, weight) = (new float[Side * Side], 1f);
        foreach (var cells in grids)
        {
            var grid = Enumerable.Range(0, cells * cells).Select(_ => (float)random.Normal(0, 1)).ToArray();
            for (var y = 0; y < Side; y++)
            {
                var (row, down) = Cell(y, cells);
                for (var x = 0; x < Side; x++)
                {
                    var (column, across) = Cell(x, cells);
                    sum[(y * Side) + x] += weight * Smooth(
                        down, j => Smooth(across, i => grid[(Around(row + j, cells) * cells) + Around(column + i, cells)]));
                }
            }
            weight *= 0.6f;
        }
        var deviation = MathF.Sqrt(sum.Average(v => v * v));
        return [.. sum.Select(v => v / deviation)];
    }

    private static (int Cell, float Beyond) Cell(int at, int cells)
    {
        var exact = (at + 0.5f) * cells / Side - 0.5f;
        var cell = (int)MathF.Floor(exact);
        return (cell, exact - cell);
    }

    private static int Around(int cell, int cells) => ((cell % cells) + cells) % cells;

    /// <summary>Through four neighbours, Catmull and Rom 1974.</summary>
    private static float Smooth(float t, Func<int, float> value)
    {
        var (a, b, c, d) = (value(-1), value(0), value(1), value(2));
        return b + (0.5f * t * (c - a + (t * ((2 * a) - (5 * b) + (4 * c) - d + (t * ((3 * (b - c)) + d - a))))));
    }
}
