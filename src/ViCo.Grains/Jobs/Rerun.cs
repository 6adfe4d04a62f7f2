namespace ViCo.Grains.Jobs;

/// <summary>A picture to be drawn again from its own settings.</summary>
/// <param name="Image">Its id.</param>
/// <param name="Pixels">SHA-256 (lower-case hex) of its pixels: 8-bit RGB, row by row.</param>
/// <param name="Maker">What drew it; null: a version that did not say.</param>
[GenerateSerializer, Immutable, Alias("vico.rerun")]
public sealed record Rerun(
    [property: Id(0)] string Image, [property: Id(1)] int Index, [property: Id(2)] string Pixels, [property: Id(3)] Maker? Maker);
