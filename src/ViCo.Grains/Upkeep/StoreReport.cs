namespace ViCo.Grains.Upkeep;

/// <summary>What a walk through a store has seen.</summary>
/// <param name="Blobs">All of them.</param>
/// <param name="Concepts">Records that read.</param>
/// <param name="Jobs">Records that read.</param>
/// <param name="Findings">By name.</param>
public sealed record StoreReport(long Blobs, long Bytes, int Concepts, int Jobs, IReadOnlyList<StoreFinding> Findings)
{
    /// <summary>Whether nothing is amiss but what is left over.</summary>
    public bool IsSound => !Findings.Any(f => f.DoesHarm);
}
