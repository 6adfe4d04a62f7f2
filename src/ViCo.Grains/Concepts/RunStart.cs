using ViCo.Grains.Jobs;

namespace ViCo.Grains.Concepts;

/// <param name="Run">Null: there is a problem.</param>
/// <param name="IsNew">Noted by this very call.</param>
/// <param name="NotFound">What kind of thing is not there: <c>concept</c> or <c>run</c>.</param>
[GenerateSerializer, Immutable, Alias("vico.run-start")]
internal sealed record RunStart(
    [property: Id(0)] Run? Run, [property: Id(1)] bool IsNew = false, [property: Id(2)] string? Problem = null,
    [property: Id(3)] string? NotFound = null)
{
    /// <summary>Where its first attempt goes on, or null: at the start.</summary>
    [Id(4)] public ResumeBlob? From { get; init; }
}
