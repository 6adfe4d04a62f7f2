namespace ViCo.Grains.Jobs;

/// <summary>Low-rank pairs that a drawing adds.</summary>
/// <param name="Blob">The checkpoint that holds them, as it was the concept's default at submission.</param>
[GenerateSerializer, Immutable, Alias("vico.lora-blob")]
public sealed record LoraBlob(
    [property: Id(0)] string ConceptId, [property: Id(1)] string Blob, [property: Id(2)] string Digest, [property: Id(3)] double Weight);
