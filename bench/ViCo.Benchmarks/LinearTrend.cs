namespace ViCo.Benchmarks;

/// <summary>A straight line through equally spaced values that hang together.</summary>
/// <remarks>
/// Memory moves in steps: a value is much like the one before it, and n of them say less than n independent ones would. They count as
/// n (1 - r) / (1 + r), r the residuals' correlation with their predecessors where it is positive (Santer et al. 2000, section 3.2).
/// </remarks>
/// <param name="Slope">Change from one value to the next.</param>
/// <param name="StandardError">Of the slope; infinite where the values count as 2 or fewer.</param>
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
        double[] residuals = [.. values.Select((y, x) => y - meanY - slope * (x - meanX))];
        var squares = residuals.Sum(r => r * r);
        var correlation = squares == 0 ? 0 : Math.Max(0, residuals.Zip(residuals.Skip(1), (a, b) => a * b).Sum() / squares);
        var effective = n * (1 - correlation) / (1 + correlation);
        return new(slope, effective > 2 ? Math.Sqrt(squares / (effective - 2) / spread) : double.PositiveInfinity);
    }

    /// <summary>Whether the slope lies more than two standard errors from 0.</summary>
    public bool IsDistinct => Math.Abs(Slope) > 2 * StandardError;
}
