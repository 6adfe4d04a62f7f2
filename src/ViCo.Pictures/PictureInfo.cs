namespace ViCo.Pictures;

/// <summary>What a file's header says, before any pixel is decoded.</summary>
/// <param name="Format">By content, never by file name.</param>
/// <param name="Width">As stored, in pixels.</param>
/// <param name="Height">As stored, in pixels.</param>
/// <param name="Frames">1 for a still picture.</param>
/// <param name="Orientation">EXIF orientation, 1 (upright) to 8.</param>
public sealed record PictureInfo(PictureFormat Format, int Width, int Height, int Frames, int Orientation)
{
    /// <summary>Width × height.</summary>
    public long Pixels => (long)Width * Height;

    /// <summary>Width once the orientation is applied.</summary>
    public int UprightWidth => Orientation >= 5 ? Height : Width;

    /// <summary>Height once the orientation is applied.</summary>
    public int UprightHeight => Orientation >= 5 ? Width : Height;
}
