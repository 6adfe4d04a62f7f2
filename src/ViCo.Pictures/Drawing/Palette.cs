namespace ViCo.Pictures.Drawing;

/// <summary>Colours for numbers: dark is low, bright is high, evenly to the eye.</summary>
public enum Palette
{
    /// <summary>Blue over green to yellow.</summary>
    Viridis,

    /// <summary>Black over red to yellow.</summary>
    Inferno,
}

/// <summary>The palettes as ten evenly spaced points of matplotlib's (CC0) tables, linear between.</summary>
internal static class PaletteColours
{
    private static readonly Colour[] Viridis =
    [
        new(68, 1, 84), new(72, 40, 120), new(62, 74, 137), new(49, 104, 142), new(38, 130, 142),
        new(31, 158, 137), new(53, 183, 121), new(109, 205, 89), new(180, 222, 44), new(253, 231, 37),
    ];

    private static readonly Colour[] Inferno =
    [
        new(0, 0, 4), new(27, 12, 65), new(74, 12, 107), new(120, 28, 109), new(165, 44, 96),
        new(207, 68, 70), new(237, 105, 37), new(251, 155, 6), new(247, 209, 61), new(252, 255, 164),
    ];

    /// <param name="value">0 to 1; beyond is cut.</param>
    public static Colour At(Palette palette, double value)
    {
        var points = palette == Palette.Viridis ? Viridis : Inferno;
        var at = Math.Clamp(double.IsNaN(value) ? 0 : value, 0, 1) * (points.Length - 1);
        var low = Math.Min((int)at, points.Length - 2);
        return points[low].Mix(points[low + 1], at - low);
    }
}
