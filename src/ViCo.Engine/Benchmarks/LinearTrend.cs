namespace ViCo.Engine.Benchmarks;

/// <summary>A straight line through equally spaced values.</summary>
/// <param name="Slope">Change from one value to the next.</param>
/// <param name="StandardError">Of the slope, with residuals taken as independent.</param>
public sealed record LinearTrend(double Slope, double StandardError)
{
    /// <summary>Least squares.</summary>
    /// <exception cref="ArgumentException">Fewer than 3 values.</exception>
    public static LinearTrend Of(IReadOnlyList<double> values)
    {
        var n = values.Count;
        if (n < 3) throw new ArgumentException($"{n} values; a slope and its error need 3 or more.", nameof(values));
        var (meanX, meanY) = ((n - 1) / 2.0, values.Average());
        var spread = Enumerable.Range(0, n).Sum(x => (x - meanX) * (x - meanX));
        var slope = values.Select((y, x) => (x - meanX) * (y - meanY)).Sum() / spread;
        var residuals = values.Select((y, x) => y - meanY - slope * (x - meanX)).Sum(r => r * r);
        return new(slope, Math.Sqrt(residuals / (n - 2) / spread));
    }

    /// <summary>Whether the slope lies more than two standard errors from 0.</summary>
    public bool IsDistinct => Math.Abs(Slope) > 2 * StandardError;
}
