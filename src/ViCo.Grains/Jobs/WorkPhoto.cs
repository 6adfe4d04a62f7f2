namespace ViCo.Grains.Jobs;

/// <summary>A photo that a job works from.</summary>
/// <param name="Name">What its user calls it.</param>
/// <param name="Digest">SHA-256 (lower-case hex) of the blob; null: not known.</param>
[GenerateSerializer, Immutable, Alias("vico.work-photo")]
public sealed record WorkPhoto([property: Id(0)] string Name, [property: Id(1)] string? Digest);
