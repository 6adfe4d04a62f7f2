namespace ViCo.Grains.Jobs;

/// <summary>A picture drawn again, beside the one it was.</summary>
/// <param name="Image">The id of that.</param>
/// <param name="Pixels">SHA-256 of its pixels.</param>
/// <param name="PixelsNow">Of the pixels drawn now; null before that.</param>
/// <param name="Same">Whether the two are equal; null before that.</param>
/// <param name="SameDevice">Whether device class and base model are those that drew it; null where one of them is not known. Only
/// then are the same pixels promised.</param>
[GenerateSerializer, Immutable, Alias("vico.rerun-view")]
public sealed record RerunView(
    [property: Id(0)] string Image, [property: Id(1)] string Pixels, [property: Id(2)] string? PixelsNow, [property: Id(3)] bool? Same,
    [property: Id(4)] bool? SameDevice);
