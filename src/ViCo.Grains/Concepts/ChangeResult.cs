namespace ViCo.Grains.Concepts;

/// <summary>What came of a change.</summary>
/// <param name="Problem">Why it was not made, for people.</param>
/// <param name="Code">What kind of thing is not there, or what stands in the way, for programs.</param>
[GenerateSerializer, Immutable, Alias("vico.change-result")]
public sealed record ChangeResult([property: Id(0)] Outcome Outcome, [property: Id(1)] string? Problem = null,
    [property: Id(2)] string? Code = null);
