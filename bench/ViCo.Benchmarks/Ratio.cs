using System.Diagnostics;

namespace ViCo.Benchmarks;

/// <summary>How many times as quick one path is as another: a ratio per round, so that what disturbs both cancels.</summary>
/// <param name="Value">Median over rounds.</param>
/// <param name="Least">Of the worst round.</param>
/// <param name="Most">Of the best round.</param>
/// <param name="Processor">The same ratio of processor time, median over rounds.</param>
public sealed record Ratio(double Value, double Least, double Most, double Processor)
{
    /// <exception cref="ArgumentException">The paths were not measured in the same rounds.</exception>
    public static Ratio Of(PathTimings slow, PathTimings quick)
    {
        if (slow.Rounds.Count != quick.Rounds.Count || slow.Rounds.Count == 0)
            throw new ArgumentException(
                $"'{slow.Name}' has {slow.Rounds.Count} rounds, '{quick.Name}' {quick.Rounds.Count}; wanted equally many, at least one.");
        double[] wall = [.. slow.Rounds.Zip(quick.Rounds, (a, b) => a.Wall / b.Wall)];
        return new(Median(wall), wall.Min(), wall.Max(), Median(slow.Rounds.Zip(quick.Rounds, (a, b) => a.Processor / b.Processor)));
    }

    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
