namespace ViCo.Pictures.Drawing;

/// <summary>One line of a chart.</summary>
/// <param name="Points">By rising X; Y from 0 to 1.</param>
public sealed record Curve(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Draws how some shares, 0 to 1, change along an axis: a line each, dots at what was measured, and a legend.</summary>
public static class CurvePlot
{
    private const int Width = 960, Height = 480, Left = 84, Right = 150, Top = 84, Bottom = 84;
    private const double TextHeight = 12, TitleHeight = 18;

    /// <summary>Draws the plot.</summary>
    /// <param name="across">What the horizontal axis is.</param>
    /// <param name="up">What the vertical axis is.</param>
    /// <param name="curves">At least one, each with at least one point.</param>
    public static Picture Draw(string title, string across, string up, IReadOnlyList<Curve> curves)
    {
        if (curves.Count == 0 || curves.Any(c => c.Points.Count == 0))
            throw new ArgumentException("A plot needs at least one curve, and every curve at least one point.", nameof(curves));
        var canvas = new Canvas(Width, Height, Colour.White);
        StrokeFont.Draw(canvas, StrokeFont.Fit(title, Width - Left - 28, TitleHeight), Left, 22, TitleHeight, Colour.Ink);
        StrokeFont.Draw(canvas, up, Left - 12 - StrokeFont.Measure(up, TextHeight), Top - 30, TextHeight, Colour.Ink);
        StrokeFont.Draw(canvas, across, Left + ((Width - Left - Right - StrokeFont.Measure(across, TextHeight)) / 2), Height - Bottom + 44, TextHeight, Colour.Ink);

        var last = curves.Max(c => c.Points[^1].X);
        var axes = new PlotAxes(Left, Top, Width - Left - Right, Height - Top - Bottom, 0, last > 0 ? last : 1, 1);
        axes.Draw(canvas, lines: 5);
        for (var i = 0; i < curves.Count; i++)
        {
            // Dark is first; the palette's brightest fifth would be lost on white.
            var colour = PaletteColours.At(Palette.Viridis, curves.Count == 1 ? 0.4 : 0.8 * i / (curves.Count - 1));
            foreach (var (from, to) in curves[i].Points.Zip(curves[i].Points.Skip(1)))
                canvas.Line(axes.X(from.X), axes.Y(from.Y), axes.X(to.X), axes.Y(to.Y), 1.3, colour);
            foreach (var (x, y) in curves[i].Points)
                canvas.Line(axes.X(x), axes.Y(y), axes.X(x), axes.Y(y), 3.5, colour);
            var row = Top + (24 * i);
            canvas.Line(Width - Right + 20, row + (TextHeight / 2), Width - Right + 40, row + (TextHeight / 2), 1.3, colour);
            StrokeFont.Draw(canvas, StrokeFont.Fit(curves[i].Name, Right - 60, TextHeight), Width - Right + 50, row, TextHeight, Colour.Ink);
        }

        return canvas.ToPicture();
    }
}
