namespace ViCo.Pictures;

/// <summary>Decodes and encodes pictures. Limits, orientation and PNG are managed code of ours; decoding pixels and JPEG belong to the codec library.</summary>
/// <remarks>The library is chosen at build: SkiaSharp (default) or, with <c>-p:PictureCodec=ImageSharp</c>, SixLabors.ImageSharp.</remarks>
public static partial class PictureCodec
{
    /// <summary>Format, size, frames and orientation, without decoding pixels.</summary>
    /// <param name="name">What messages call the file.</param>
    /// <exception cref="InvalidDataException">Not a whole PNG, JPEG or WebP file.</exception>
    public static PictureInfo Identify(ReadOnlySpan<byte> content, string name)
    {
        var header = PictureHeader.Read(content);
        return header.Info ?? throw new InvalidDataException($"Photo '{name}' {header.Clause}.");
    }

    /// <summary>Decodes a still picture to upright RGB, transparency over white. Colour profiles are ignored, as the models' own data pipelines do.</summary>
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
        return EncodeJpegPixels(picture, quality);
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
        if (info.Pixels > limits.MaxPixels)
            return Refuse("too-many-pixels", $"is {info.Width} × {info.Height} px; at most {limits.MaxPixels:N0} pixels are accepted");

        try
        {
            var rgba = DecodePixels(content, info);
            return (Orientation.Apply(OverWhite(rgba, info.Width, info.Height), info.Orientation), null);
        }
        catch (InvalidDataException e)
        {
            return Refuse("damaged", $"is damaged: {e.Message}");
        }

        (Picture?, PhotoProblem?) Refuse(string code, string clause) => (null, new(code, $"Photo '{name}' {clause}."));
    }

    /// <summary>The first frame as stored, RGBA with straight alpha, width × height × 4 bytes.</summary>
    /// <exception cref="InvalidDataException">The data cannot be decoded to the end, or have another size than the header said.</exception>
    private static partial byte[] DecodePixels(ReadOnlyMemory<byte> content, PictureInfo info);

    private static partial byte[] EncodeJpegPixels(Picture picture, int quality);

    private static Picture OverWhite(byte[] rgba, int width, int height)
    {
        var rgb = new byte[3 * width * height];
        for (int from = 0, to = 0; to < rgb.Length; from += 4)
        {
            var alpha = rgba[from + 3];
            for (var channel = 0; channel < 3; channel++)
                rgb[to++] = (byte)(((rgba[from + channel] * alpha) + (255 * (255 - alpha)) + 127) / 255);
        }

        return new(width, height, rgb);
    }
}
