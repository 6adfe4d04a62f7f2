namespace ViCo.Pictures;

/// <summary>
/// What a file may cost, checked before it is decoded. Decoding takes about 7 bytes of memory per
/// pixel, 10 when the picture must be turned.
/// </summary>
public sealed record PictureLimits
{
    /// <summary>The limits of uploads.</summary>
    public static PictureLimits Default { get; } = new();

    /// <summary>Size of the file in bytes; default 20 MiB.</summary>
    public long MaxBytes { get; init; } = 20L << 20;

    /// <summary>Width × height; default 50 million.</summary>
    public long MaxPixels { get; init; } = 50_000_000;

    /// <summary>Width and height each; default 65,535, which is where JPEG ends.</summary>
    public int MaxSide { get; init; } = 65_535;

    /// <summary>Frames of an animation; default 1: stills only.</summary>
    public int MaxFrames { get; init; } = 1;
}
