namespace ViCo.Grains.Jobs;

/// <summary>A drawn picture.</summary>
/// <param name="Pixels">As in <see cref="ImageDrawn"/>.</param>
[GenerateSerializer, Immutable, Alias("vico.image-file")]
public sealed record ImageFile([property: Id(0)] string Blob, [property: Id(1)] int Index, [property: Id(2)] long Seed,
    [property: Id(3)] string? Pixels = null)
{
    /// <summary>As in <see cref="ImageDrawn"/>.</summary>
    [Id(4)] public string? Digest { get; init; }
}
