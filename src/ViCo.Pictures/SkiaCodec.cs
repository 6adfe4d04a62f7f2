using System.Runtime.InteropServices;
using SkiaSharp;

namespace ViCo.Pictures;

/// <content>The codec library's part, with SkiaSharp.</content>
public static partial class PictureCodec
{
    private static partial byte[] DecodePixels(ReadOnlyMemory<byte> content, PictureInfo info)
    {
        using var data = SKData.CreateCopy(content.Span);
        using var codec = SKCodec.Create(data) ?? throw new InvalidDataException("its header cannot be read");
        if (codec.Info.Width != info.Width || codec.Info.Height != info.Height)
            throw new InvalidDataException($"its header says {info.Width} × {info.Height} px, its data {codec.Info.Width} × {codec.Info.Height}");

        // No colour space: values as stored.
        var alpha = codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul;
        var rgba = new byte[4L * info.Width * info.Height];
        var pin = GCHandle.Alloc(rgba, GCHandleType.Pinned);
        try
        {
            var result = codec.GetPixels(new SKImageInfo(info.Width, info.Height, SKColorType.Rgba8888, alpha), pin.AddrOfPinnedObject());
            return result == SKCodecResult.Success ? rgba : throw new InvalidDataException($"its pixels cannot be decoded to the end ({result})");
        }
        finally
        {
            pin.Free();
        }
    }

    private static partial byte[] EncodeJpegPixels(Picture picture, int quality)
    {
        var rgba = new byte[4L * picture.Width * picture.Height];
        for (int from = 0, to = 0; from < picture.Rgb.Length; from += 3, to += 4)
        {
            picture.Rgb.AsSpan(from, 3).CopyTo(rgba.AsSpan(to));
            rgba[to + 3] = 255;
        }

        var pin = GCHandle.Alloc(rgba, GCHandleType.Pinned);
        try
        {
            var info = new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
            using var pixels = new SKPixmap(info, pin.AddrOfPinnedObject());
            var options = new SKJpegEncoderOptions(quality, SKJpegEncoderDownsample.Downsample444, SKJpegEncoderAlphaOption.Ignore);
            using var jpeg = pixels.Encode(options) ?? throw new InvalidOperationException($"{picture.Width} × {picture.Height} px cannot be encoded as JPEG; its sides end at 65,535.");
            return jpeg.ToArray();
        }
        finally
        {
            pin.Free();
        }
    }
}
