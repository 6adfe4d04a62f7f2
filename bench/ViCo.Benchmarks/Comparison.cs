
namespace ViCo.Benchmarks;

/// <summary>Several ways through the same work, measured by turns, the first of them plain.</summary>
/// <param name="Ratios">Plain over each other path, by name: <c>train_speedup</c> for the engine as it is,
/// <c>train_speedup_batched_otsu</c> for one change.</param>
/// <param name="Deviations">How far each path's numbers are from the plain path's, relative to their norm.</param>
/// <param name="Tolerance">The largest deviation that rounding explains.</param>
/// <param name="Approximate">Paths that deviate by design.</param>
public sealed record Comparison(
    IReadOnlyList<PathTimings> Paths, IReadOnlyDictionary<string, Ratio> Ratios, IReadOnlyDictionary<string, double> Deviations,
    double Tolerance,
    IReadOnlySet<string> Approximate)
{
    /// <summary>Whether all paths compute the same, but for those that do not mean to.</summary>
    public bool Agrees => Deviations.All(d => d.Value <= Tolerance || Approximate.Contains(d.Key));

    /// <summary>The path that ratios are of.</summary>
    public const string Plain = "plain";

    /// <summary>Pairs every path after the first with the first.</summary>
    /// <param name="prefix">Of the ratios' names.</param>
    /// <param name="approximate">Names of paths that deviate by design.</param>
    internal static Comparison Of(
        string prefix, IReadOnlyList<PathTimings> paths, IReadOnlyDictionary<string, double> deviations, double tolerance,
        IEnumerable<string> approximate) => new(
        paths, paths.Skip(1).ToDictionary(p => Key(prefix, p.Name), p => Ratio.Of(paths[0], p)), deviations, tolerance,
        approximate.ToHashSet());

    /// <summary>What a path with one change is called.</summary>
    internal static string Name(Changes change) => change switch
    {
        Changes.CachedMoments => "cached moments",
        Changes.SharedReference => "shared reference",
        Changes.OneTextPass => "one text pass",
        Changes.BatchedOtsu => "batched otsu",
        Changes.FusedAttention => "fused attention",
        _ => throw new ArgumentOutOfRangeException(nameof(change), change, "Wanted one change."),
    };

    private static string Key(string prefix, string path) =>
        path == "all" ? $"{prefix}_speedup" : $"{prefix}_speedup_{path.Replace("all, ", "", StringComparison.Ordinal).Replace(' ', '_')}";
}
