using ViCo.Grains.Quotas;

namespace ViCo.Grains.Jobs;

/// <summary>What came of a submission.</summary>
/// <param name="Problem">Null when queued (now or before); else why not, for people.</param>
/// <param name="NotFound">What is named is not there.</param>
/// <param name="What">Then: <c>concept</c>, <c>run</c>, <c>checkpoint</c> or <c>photo</c>.</param>
[GenerateSerializer, Immutable, Alias("vico.submit-result")]
public sealed record SubmitResult(
    [property: Id(0)] JobView? Job, [property: Id(1)] string? Problem = null, [property: Id(2)] bool NotFound = false,
    [property: Id(3)] string? What = null)
{
    /// <summary>The quota that it does not fit into, or null.</summary>
    [Id(4)] public QuotaRefusal? Quota { get; init; }
}
