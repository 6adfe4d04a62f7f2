namespace ViCo.Pictures.Drawing;

/// <summary>Colours for numbers, evenly to the eye: black is low, red higher, yellow high.</summary>
/// <remarks>Ten evenly spaced points of matplotlib's inferno (CC0), linear between.</remarks>
internal static class HeatColours
{
    private static readonly Colour[] Inferno =
    [
        new(0, 0, 4), new(27, 12, 65), new(74, 12, 107), new(120, 28, 109), new(165, 44, 96),
        new(207, 68, 70), new(237, 105, 37), new(251, 155, 6), new(247, 209, 61), new(252, 255, 164),
    ];

    /// <param name="value">0 to 1; beyond is cut.</param>
    public static Colour At(double value)
    {
        var at = Math.Clamp(double.IsNaN(value) ? 0 : value, 0, 1) * (Inferno.Length - 1);
        var low = Math.Min((int)at, Inferno.Length - 2);
        return Inferno[low].Mix(Inferno[low + 1], at - low);
    }
}
