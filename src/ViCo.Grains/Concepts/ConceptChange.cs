namespace ViCo.Grains.Concepts;

/// <summary>What is to be changed of a concept; null leaves it as it is.</summary>
/// <param name="InitWords">Of every object, as many as before. Not once it was trained.</param>
/// <param name="Default">The checkpoint to use when a request names none, whatever is trained later.</param>
/// <param name="Unpin">The default follows the trainings again.</param>
[GenerateSerializer, Immutable, Alias("vico.concept-change")]
public sealed record ConceptChange(
    [property: Id(0)] string? Name = null, [property: Id(1)] IReadOnlyList<string>? InitWords = null,
    [property: Id(2)] IReadOnlyList<string>? Tags = null,
    [property: Id(3)] IReadOnlyDictionary<string, string>? Metadata = null, [property: Id(4)] CheckpointChoice? Default = null,
    [property: Id(5)] bool Unpin = false);
