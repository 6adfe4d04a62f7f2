using System.Globalization;

namespace ViCo.Pictures.Drawing;

/// <summary>Axes of a line chart whose vertical one starts at 0, and where a point of it lies on the canvas.</summary>
/// <param name="left">Of the chart's area, in pixels, as are the next three.</param>
/// <param name="first">Value at the left end of the horizontal axis.</param>
/// <param name="last">At its right end; greater.</param>
/// <param name="highest">At the upper end of the vertical axis; above 0.</param>
internal sealed class PlotAxes(int left, int top, int width, int height, double first, double last, double highest)
{
    private const double TextHeight = 12;

    public double X(double value) => left + ((value - first) / (last - first) * width);

    /// <summary>Values above the highest lie on its line.</summary>
    public double Y(double value) => top + height - (Math.Min(value / highest, 1.0) * height);

    /// <summary>Lines and labels.</summary>
    /// <param name="lines">Parts that the vertical axis is divided into.</param>
    public void Draw(Canvas canvas, int lines)
    {
        for (var i = 0; i <= lines; i++)
        {
            var y = Y(highest * i / lines);
            canvas.Line(left, y, left + width, y, 0.4, i == 0 ? Colour.Soft : Colour.Faint);
            var label = (highest * i / lines).ToString("0.####", CultureInfo.InvariantCulture);
            StrokeFont.Draw(canvas, label, left - 12 - StrokeFont.Measure(label, TextHeight), y - (TextHeight / 2), TextHeight, Colour.Soft);
        }

        var every = NiceCeiling((last - first) / 9.0);
        for (var value = Math.Ceiling(first / every) * every; value <= last; value += every)
        {
            var label = value.ToString("0.##", CultureInfo.InvariantCulture);
            canvas.Line(X(value), top + height, X(value), top + height + 5, 0.4, Colour.Soft);
            StrokeFont.Draw(canvas, label, X(value) - (StrokeFont.Measure(label, TextHeight) / 2), top + height + 14, TextHeight, Colour.Soft);
        }
    }

    /// <summary>The next of 1, 2, 2.5, 5 × a power of ten.</summary>
    public static double NiceCeiling(double value)
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
