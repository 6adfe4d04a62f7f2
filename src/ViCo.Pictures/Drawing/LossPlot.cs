namespace ViCo.Pictures.Drawing;

/// <summary>Draws a training's loss over its steps: every step faintly, the running mean strongly.</summary>
/// <remarks>Ours rather than a plotting package's: one line chart, and the same pixels with every codec and without fonts.</remarks>
public static class LossPlot
{
    private const int Width = 960, Height = 480, Left = 84, Right = 28, Top = 64, Bottom = 56;
    private const double TextHeight = 12, TitleHeight = 18;

    /// <summary>Share of the newest loss in the running mean.</summary>
    private const double Smoothing = 0.05;

    /// <summary>Draws the plot.</summary>
    /// <param name="points">Step and loss, by rising step; losses that are not finite are left out.</param>
    public static Picture Draw(string title, IReadOnlyList<(int Step, double Loss)> points)
    {
        var canvas = new Canvas(Width, Height, Colour.White);
        StrokeFont.Draw(canvas, StrokeFont.Fit(title, Width - Left - Right, TitleHeight), Left, 22, TitleHeight, Colour.Ink);
        var finite = points.Where(p => double.IsFinite(p.Loss)).ToList();
        if (finite.Count == 0)
        {
            StrokeFont.Draw(canvas, "no steps yet", Left, Height / 2.0, TextHeight, Colour.Soft);
            return canvas.ToPicture();
        }

        var (first, last) = (finite[0].Step, Math.Max(finite[^1].Step, finite[0].Step + 1));
        var top = PlotAxes.NiceCeiling(Percentile(finite, 0.995));
        var axes = new PlotAxes(Left, Top, Width - Left - Right, Height - Top - Bottom, first, last, top);
        axes.Draw(canvas, lines: 5);

        var mean = finite[0].Loss;
        for (var i = 1; i < finite.Count; i++)
        {
            var (from, to) = (finite[i - 1], finite[i]);
            canvas.Line(axes.X(from.Step), axes.Y(from.Loss), axes.X(to.Step), axes.Y(to.Loss), 0.5, Colour.Accent.Mix(Colour.White, 0.68));
        }

        for (var i = 1; i < finite.Count; i++)
        {
            // A mean over what there is, until there is enough for the exponential one.
            var next = mean + ((finite[i].Loss - mean) * Math.Max(Smoothing, 1.0 / (i + 1)));
            canvas.Line(axes.X(finite[i - 1].Step), axes.Y(mean), axes.X(finite[i].Step), axes.Y(next), 1.3, Colour.Accent);
            mean = next;
        }

        return canvas.ToPicture();
    }

    private static double Percentile(List<(int Step, double Loss)> points, double part)
    {
        double[] sorted = [.. points.Select(p => p.Loss).Order()];
        return Math.Max(sorted[(int)((sorted.Length - 1) * part)], 1e-12);
    }
}
