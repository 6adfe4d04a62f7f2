using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.PixelFormats;

namespace ViCo.Pictures;

/// <content>The codec library's part, with SixLabors.ImageSharp.</content>
public static partial class PictureCodec
{
    private static partial byte[] DecodePixels(ReadOnlyMemory<byte> content, PictureInfo info)
    {
        try
        {
            using var image = Image.Load<Rgba32>(new DecoderOptions { MaxFrames = 1, SkipMetadata = true }, content.Span);
            if (image.Width != info.Width || image.Height != info.Height)
                throw new InvalidDataException($"its header says {info.Width} × {info.Height} px, its data {image.Width} × {image.Height}");
            var rgba = new byte[4L * info.Width * info.Height];
            image.CopyPixelDataTo(rgba);
            return rgba;
        }
        catch (Exception e) when (e is not (InvalidDataException or OutOfMemoryException))
        {
            // On damaged files the library throws whatever its parsers run into: ImageFormatException, NotSupportedException, index errors.
            throw new InvalidDataException($"its pixels cannot be decoded to the end ({e.Message})", e);
        }
    }

    private static partial byte[] EncodeJpegPixels(Picture picture, int quality)
    {
        using var image = Image.LoadPixelData<Rgb24>(picture.Rgb, picture.Width, picture.Height);
        using var stream = new MemoryStream();
        image.SaveAsJpeg(stream, new JpegEncoder { Quality = quality, ColorType = JpegEncodingColor.YCbCrRatio444, SkipMetadata = true });
        return stream.ToArray();
    }
}
