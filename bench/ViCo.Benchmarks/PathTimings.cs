using System.Diagnostics;

namespace ViCo.Benchmarks;

/// <summary>One way of doing the work, and how long it took in each round.</summary>
public sealed record PathTimings(string Name, IReadOnlyList<Timing> Rounds)
{
    /// <summary>Median seconds on the clock.</summary>
    public double Wall => Ratio.Median(Rounds.Select(r => r.Wall));

    /// <summary>Median seconds of all cores together.</summary>
    public double Processor => Ratio.Median(Rounds.Select(r => r.Processor));
}
