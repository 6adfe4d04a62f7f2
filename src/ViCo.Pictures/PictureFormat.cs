namespace ViCo.Pictures;

/// <summary>The picture formats that are read.</summary>
public enum PictureFormat
{
    /// <summary>Portable Network Graphics.</summary>
    Png,

    /// <summary>JPEG, baseline or progressive.</summary>
    Jpeg,

    /// <summary>WebP, lossy or lossless.</summary>
    WebP,
}
