namespace ViCo.Grains.Concepts;

/// <param name="Step">Completed optimizer steps.</param>
/// <param name="Digest">SHA-256 (lower-case hex) of the blob.</param>
/// <param name="JobId">The job that made it.</param>
/// <param name="Run">The run it belongs to.</param>
/// <param name="Label">What people call it, or null.</param>
[GenerateSerializer, Immutable, Alias("vico.checkpoint")]
public sealed record Checkpoint(
    [property: Id(0)] int Step, [property: Id(1)] string Blob, [property: Id(2)] string Digest, [property: Id(3)] long Bytes,
    [property: Id(4)] string JobId, [property: Id(5)] DateTimeOffset Created, [property: Id(6)] string? Run = null,
    [property: Id(7)] string? Label = null)
{
    /// <summary>Digest of the base model it was learned on; null: told of by a version that did not say.</summary>
    [Id(8)] public string? BaseDigest { get; init; }
}
