namespace ViCo.Pictures;

/// <summary>
/// A photo that may be trained on: decoded, upright, and encoded anew, so that no metadata and none of the sender's bytes are left.
/// </summary>
/// <param name="Content">PNG when the upload was PNG or WebP, else JPEG.</param>
/// <param name="Fingerprint">Nearly equal for nearly equal pictures: see <see cref="PhotoCheck.AreNearDuplicates"/>.</param>
public sealed record AcceptedPhoto(ReadOnlyMemory<byte> Content, PictureFormat Format, int Width, int Height, ulong Fingerprint)
{
    /// <summary>For HTTP answers and blob headers.</summary>
    public string MediaType => Format == PictureFormat.Png ? "image/png" : "image/jpeg";
}
