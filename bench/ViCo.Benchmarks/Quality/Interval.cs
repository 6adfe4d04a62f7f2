using System.Globalization;

namespace ViCo.Benchmarks.Quality;

/// <summary>A mean, and where it lies with a probability of 95 %: percentiles of resampled means. Efron 1979.</summary>
public sealed record Interval(double Mean, double Low, double High)
{
    private const int Resamples = 2000;

    /// <summary>Of some values, each as likely to be drawn again; the same values give the same interval.</summary>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static Interval Of(IReadOnlyList<double> values)
    {
        if (values.Count == 0) throw new ArgumentException("No values; wanted at least one.", nameof(values));
        var random = new Random(1);
        var means = new double[Resamples];
        for (var i = 0; i < Resamples; i++)
        {
            var sum = 0.0;
            for (var k = 0; k < values.Count; k++) sum += values[random.Next(values.Count)];
            means[i] = sum / values.Count;
        }
        Array.Sort(means);
        return new(values.Average(), means[(int)(0.025 * Resamples)], means[(int)(0.975 * Resamples) - 1]);
    }

    /// <summary>Of the differences between values that belong together.</summary>
    /// <exception cref="ArgumentException">There are not as many of both.</exception>
    public static Interval OfDifferences(IReadOnlyList<double> values, IReadOnlyList<double> others) => values.Count != others.Count
        ? throw new ArgumentException($"{values.Count} values and {others.Count} others; wanted as many of both.")
        : Of([.. values.Zip(others, (a, b) => a - b)]);

    /// <summary>Such as <c>0.51 (0.40 to 0.62)</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Mean:0.00} ({Low:0.00} to {High:0.00})");
}
