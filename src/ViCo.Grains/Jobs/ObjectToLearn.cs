namespace ViCo.Grains.Jobs;

/// <summary>One object of several in a training.</summary>
/// <param name="PhotoBlobs">As in <see cref="TrainingJob"/>.</param>
[GenerateSerializer, Immutable, Alias("vico.object-to-learn")]
public sealed record ObjectToLearn([property: Id(0)] string InitWord, [property: Id(1)] IReadOnlyList<string> PhotoBlobs);
