using ScottPlot;

namespace ViCo.Cli.Plots;

/// <summary>Draws a training's loss over its steps: every step faintly, the running mean strongly.</summary>
internal static class LossPlot
{
    private const int Width = 960, Height = 480;

    /// <summary>Share of the newest loss in the running mean.</summary>
    private const double Smoothing = 0.05;

    /// <summary>The greatest losses may leave the picture, so that the rest is seen.</summary>
    private const double ShownShare = 0.995;

    private static readonly Color Accent = Color.FromHex("#2B6CB0");

    /// <summary>The plot as a PNG.</summary>
    /// <param name="points">Step and loss, by rising step; losses that are not finite are left out.</param>
    public static byte[] Draw(string title, IReadOnlyList<(int Step, double Loss)> points)
    {
        using var plot = new Plot();
        plot.Title(title);
        plot.XLabel("step");
        plot.YLabel("loss");
        PlotFont.SetIn(plot);
        var finite = points.Where(p => double.IsFinite(p.Loss)).ToList();
        if (finite.Count == 0)
        {
            plot.Add.Annotation("no steps yet");
            return plot.GetImageBytes(Width, Height, ImageFormat.Png);
        }

        double[] steps = [.. finite.Select(p => (double)p.Step)];
        var each = plot.Add.ScatterLine(steps, [.. finite.Select(p => p.Loss)], Accent.WithAlpha(0.35));
        each.LineWidth = 1;
        var mean = plot.Add.ScatterLine(steps, [.. RunningMean(finite)], Accent);
        mean.LineWidth = 2.5f;
        plot.Axes.SetLimits(steps[0], Math.Max(steps[^1], steps[0] + 1), 0, 1.05 * Percentile(finite, ShownShare));
        return plot.GetImageBytes(Width, Height, ImageFormat.Png);
    }

    /// <summary>A mean over what there is, until there is enough for the exponential one.</summary>
    private static IEnumerable<double> RunningMean(List<(int Step, double Loss)> points)
    {
        var mean = 0.0;
        for (var i = 0; i < points.Count; i++)
        {
            mean += (points[i].Loss - mean) * Math.Max(Smoothing, 1.0 / (i + 1));
            yield return mean;
        }
    }

    private static double Percentile(List<(int Step, double Loss)> points, double part)
    {
        double[] sorted = [.. points.Select(p => p.Loss).Order()];
        return Math.Max(sorted[(int)((sorted.Length - 1) * part)], 1e-12);
    }
}
