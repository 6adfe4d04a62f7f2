using ScottPlot;

namespace ViCo.Cli.Plots;

/// <summary>Draws how some shares, 0 to 1, change along an axis: a line each, dots at what was measured, and a legend.</summary>
internal static class CurvePlot
{
    private const int Width = 960, Height = 480;

    /// <summary>The palette's brightest fifth would be lost on white.</summary>
    private const double DarkPart = 0.8;

    /// <summary>The plot as a PNG.</summary>
    /// <param name="across">What the horizontal axis is.</param>
    /// <param name="up">What the vertical axis is.</param>
    /// <param name="curves">At least one, each with at least one point.</param>
    public static byte[] Draw(string title, string across, string up, IReadOnlyList<Curve> curves)
    {
        if (curves.Count == 0 || curves.Any(c => c.Points.Count == 0))
            throw new ArgumentException("A plot needs at least one curve, and every curve at least one point.", nameof(curves));
        using var plot = new Plot();
        plot.Title(title);
        plot.XLabel(across);
        plot.YLabel(up);
        var colours = new ScottPlot.Colormaps.Viridis();
        for (var i = 0; i < curves.Count; i++)
        {
            double[] x = [.. curves[i].Points.Select(p => p.X)], y = [.. curves[i].Points.Select(p => p.Y)];
            var line = plot.Add.Scatter(x, y, colours.GetColor(DarkPart * i / curves.Count));
            (line.LineWidth, line.MarkerSize, line.LegendText) = (2.5f, 7, curves[i].Name);
        }

        plot.ShowLegend(Edge.Right);
        PlotFont.SetIn(plot);
        var last = curves.Max(c => c.Points[^1].X);
        plot.Axes.SetLimits(0, 1.02 * (last > 0 ? last : 1), 0, 1.02);
        return plot.GetImageBytes(Width, Height, ImageFormat.Png);
    }
}
