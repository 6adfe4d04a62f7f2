namespace ViCo.Pictures;

/// <summary>Decodes and encodes pictures: limits and orientation are checked here, pixels are decoded by SixLabors.ImageSharp.</summary>
/// <remarks>All of it is managed code, since strangers send these bytes.</remarks>
public static class PictureCodec
{
    /// <summary>Format, size, frames and orientation, without decoding pixels.</summary>
    /// <param name="name">What messages call the file.</param>
    /// <exception cref="InvalidDataException">Not a whole PNG, JPEG or WebP file.</exception>
    public static PictureInfo Identify(ReadOnlySpan<byte> content, string name)
    {
        var header = PictureHeader.Read(content);
        return header.Info ?? throw new InvalidDataException($"Photo '{name}' {header.Clause}.");
    }

    /// <summary>
    /// Decodes a still picture to upright RGB, transparency over white. Colour profiles are ignored, as the models' own data pipelines do.
    /// </summary>
    /// <param name="name">What messages call the file.</param>
    /// <param name="limits">Checked before decoding; null: <see cref="PictureLimits.Default"/>.</param>
    /// <exception cref="InvalidDataException">The file breaks a limit, is of another type or is damaged; the message names it.</exception>
    public static Picture Decode(ReadOnlyMemory<byte> content, string name, PictureLimits? limits = null)
    {
        var (picture, problem) = TryDecode(content, name, limits ?? PictureLimits.Default);
        return picture ?? throw new InvalidDataException(problem!.Message);
    }

    /// <summary>Encodes as PNG. The same picture and text give the same bytes.</summary>
    public static byte[] EncodePng(Picture picture, IReadOnlyList<PictureText>? text = null) => PngWriter.Write(picture, text ?? []);

    /// <summary>Encodes as JPEG without chroma subsampling.</summary>
    /// <param name="quality">1 to 100.</param>
    public static byte[] EncodeJpeg(Picture picture, int quality = 95)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        return CodecLibrary.EncodeJpeg(picture, quality);
    }

    /// <summary>Encodes as WebP with loss.</summary>
    /// <param name="quality">1 to 100.</param>
    public static byte[] EncodeWebp(Picture picture, int quality = 80)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        return CodecLibrary.EncodeWebp(picture, quality);
    }

    internal static (Picture? Picture, PhotoProblem? Problem) TryDecode(ReadOnlyMemory<byte> content, string name, PictureLimits limits)
    {
        if (content.Length > limits.MaxBytes)
            return Refuse("too-many-bytes", $"has {content.Length:N0} bytes; at most {limits.MaxBytes:N0} are accepted");
        var header = PictureHeader.Read(content.Span);
        if (header.Info is not { } info)
            return Refuse(header.Code, header.Clause);
        if (info.Frames > limits.MaxFrames)
            return Refuse("animated", $"is an animation of {info.Frames} frames; wanted a still picture");
        if (Math.Max(info.Width, info.Height) > limits.MaxSide)
            return Refuse("too-many-pixels", $"is {info.Width} × {info.Height} px; at most {limits.MaxSide:N0} px a side are accepted");
        if (info.Pixels > limits.MaxPixels)
            return Refuse("too-many-pixels", $"is {info.Width} × {info.Height} px; at most {limits.MaxPixels:N0} pixels are accepted");

        try
        {
            return (Orientation.Apply(CodecLibrary.Decode(content, info), info.Orientation), null);
        }
        catch (InvalidDataException e)
        {
            return Refuse("damaged", $"is damaged: {e.Message}");
        }

        (Picture?, PhotoProblem?) Refuse(string code, string clause) => (null, new(code, $"Photo '{name}' {clause}."));
    }
}
