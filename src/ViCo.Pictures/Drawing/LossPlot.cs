using System.Globalization;

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
        var top = NiceCeiling(Percentile(finite, 0.995));
        DrawAxes(canvas, first, last, top);

        var mean = finite[0].Loss;
        for (var i = 1; i < finite.Count; i++)
        {
            var (from, to) = (finite[i - 1], finite[i]);
            canvas.Line(X(from.Step), Y(from.Loss), X(to.Step), Y(to.Loss), 0.5, Colour.Accent.Mix(Colour.White, 0.68));
        }

        for (var i = 1; i < finite.Count; i++)
        {
            // A mean over what there is, until there is enough for the exponential one.
            var next = mean + ((finite[i].Loss - mean) * Math.Max(Smoothing, 1.0 / (i + 1)));
            canvas.Line(X(finite[i - 1].Step), Y(mean), X(finite[i].Step), Y(next), 1.3, Colour.Accent);
            mean = next;
        }

        return canvas.ToPicture();

        double X(double step) => Left + ((step - first) / (last - first) * (Width - Left - Right));
        double Y(double loss) => Height - Bottom - (Math.Min(loss / top, 1.0) * (Height - Top - Bottom));
    }

    private static void DrawAxes(Canvas canvas, int first, int last, double top)
    {
        const int Lines = 5;
        for (var i = 0; i <= Lines; i++)
        {
            var value = top * i / Lines;
            var y = Height - Bottom - ((double)i / Lines * (Height - Top - Bottom));
            canvas.Line(Left, y, Width - Right, y, 0.4, i == 0 ? Colour.Soft : Colour.Faint);
            var label = value.ToString("0.####", CultureInfo.InvariantCulture);
            StrokeFont.Draw(canvas, label, Left - 12 - StrokeFont.Measure(label, TextHeight), y - (TextHeight / 2), TextHeight, Colour.Soft);
        }

        var every = NiceCeiling((last - first) / 9.0);
        for (var step = Math.Ceiling(first / every) * every; step <= last; step += every)
        {
            var label = step.ToString("0.##", CultureInfo.InvariantCulture);
            var x = Left + ((step - first) / (last - first) * (Width - Left - Right));
            canvas.Line(x, Height - Bottom, x, Height - Bottom + 5, 0.4, Colour.Soft);
            StrokeFont.Draw(canvas, label, x - (StrokeFont.Measure(label, TextHeight) / 2), Height - Bottom + 14, TextHeight, Colour.Soft);
        }
    }

    private static double Percentile(List<(int Step, double Loss)> points, double part)
    {
        double[] sorted = [.. points.Select(p => p.Loss).Order()];
        return Math.Max(sorted[(int)((sorted.Length - 1) * part)], 1e-12);
    }

    /// <summary>The next of 1, 2, 2.5, 5 × a power of ten.</summary>
    private static double NiceCeiling(double value)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        ReadOnlySpan<double> steps = [1, 2, 2.5, 5, 10];
        foreach (var step in steps)
        {
            if (step * power >= value)
                return step * power;
        }

        return 10 * power;
    }
}
