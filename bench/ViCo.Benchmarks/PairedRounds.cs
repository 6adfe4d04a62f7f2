namespace ViCo.Benchmarks;

/// <summary>Takes several paths through the same work by turns.</summary>
internal static class PairedRounds
{
    /// <summary>Every second round goes backwards, so that none profits from its place.</summary>
    /// <param name="paths">Each does the work of a round, from 1, and returns what part of it counts.</param>
    public static IReadOnlyList<PathTimings> Measure(
        int rounds, IReadOnlyList<(string Name, Func<int, Timing> Work)> paths, IProgress<string>? progress,
        CancellationToken cancellationToken)
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
