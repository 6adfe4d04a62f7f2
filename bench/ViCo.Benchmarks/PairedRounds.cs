using System.Diagnostics;

namespace ViCo.Benchmarks;

/// <summary>Wall time and processor time of one piece of work.</summary>
/// <param name="Wall">Seconds on the clock.</param>
/// <param name="Processor">Seconds of all cores together, user and system.</param>
public readonly record struct Timing(double Wall, double Processor);

/// <summary>One way of doing the work, and how long it took in each round.</summary>
public sealed record PathTimings(string Name, IReadOnlyList<Timing> Rounds)
{
    /// <summary>Median seconds on the clock.</summary>
    public double Wall => Ratio.Median(Rounds.Select(r => r.Wall));

    /// <summary>Median seconds of all cores together.</summary>
    public double Processor => Ratio.Median(Rounds.Select(r => r.Processor));
}

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
            throw new ArgumentException($"'{slow.Name}' has {slow.Rounds.Count} rounds, '{quick.Name}' {quick.Rounds.Count}; wanted equally many, at least one.");
        double[] wall = [.. slow.Rounds.Zip(quick.Rounds, (a, b) => a.Wall / b.Wall)];
        return new(Median(wall), wall.Min(), wall.Max(), Median(slow.Rounds.Zip(quick.Rounds, (a, b) => a.Processor / b.Processor)));
    }

    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>Takes several paths through the same work by turns.</summary>
internal static class PairedRounds
{
    /// <summary>Every second round goes backwards, so that none profits from its place.</summary>
    /// <param name="paths">Each does the work of a round, from 1, and returns what part of it counts.</param>
    public static IReadOnlyList<PathTimings> Measure(
        int rounds, IReadOnlyList<(string Name, Func<int, Timing> Work)> paths, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var timings = paths.ToDictionary(p => p.Name, _ => new List<Timing>());
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var (name, work) in round % 2 == 1 ? paths : paths.Reverse())
            {
                cancellationToken.ThrowIfCancellationRequested();
                timings[name].Add(work(round));
                progress?.Report($"round {round} of {rounds}: {name} {timings[name][^1].Wall:0.000} s");
            }
        }

        return [.. paths.Select(p => new PathTimings(p.Name, timings[p.Name]))];
    }
}

/// <summary>Runs while something is measured.</summary>
internal readonly struct Stopclock()
{
    private readonly long _began = Now();
    private readonly TimeSpan _processor = Environment.CpuUsage.TotalTime;

    public Timing Elapsed => new(Stopwatch.GetElapsedTime(_began, Now()).TotalSeconds, (Environment.CpuUsage.TotalTime - _processor).TotalSeconds);

    /// <summary>After every GPU has done what it was given: a call returns before.</summary>
    private static long Now()
    {
        for (var i = 0; cuda.is_available() && i < cuda.device_count(); i++) cuda.synchronize(new Device(DeviceType.CUDA, i));
        return Stopwatch.GetTimestamp();
    }
}
