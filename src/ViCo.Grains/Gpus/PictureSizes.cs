namespace ViCo.Grains.Gpus;

/// <param name="Native">Side that the base model was trained at, in pixels.</param>
/// <param name="Multiple">What sides are multiples of, in pixels.</param>
/// <param name="MaxPixels">Largest width × height.</param>
[GenerateSerializer, Immutable, Alias("vico.picture-sizes")]
public sealed record PictureSizes([property: Id(0)] int Native, [property: Id(1)] int Multiple, [property: Id(2)] long MaxPixels);
