using System.Runtime.InteropServices;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Advanced;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.PixelFormats;

namespace ViCo.Pictures;

/// <summary>The one place that speaks to SixLabors.ImageSharp: pixels of PNG, JPEG and WebP in, JPEG and WebP out.</summary>
internal static class CodecLibrary
{
    /// <summary>
    /// Three formats and no others; memory goes back to the system instead of growing a pool to the largest picture ever seen.
    /// </summary>
    private static readonly Configuration Library =
        new(new PngConfigurationModule(), new JpegConfigurationModule(), new WebpConfigurationModule())
    {
        MemoryAllocator = MemoryAllocator.Create(new MemoryAllocatorOptions { MaximumPoolSizeMegabytes = 16 }),
    };

    /// <summary>The picture as stored, transparency over white; colour profiles and gamma are ignored.</summary>
    /// <param name="info">What the file's header said.</param>
    /// <exception cref="InvalidDataException">The pixels cannot be decoded to the end, or have
    /// another size than the header said.</exception>
    public static Picture Decode(ReadOnlyMemory<byte> content, PictureInfo info)
    {
        try
        {
            return info.Format switch
            {
                PictureFormat.Jpeg => Read<Rgb24>(new JpegDecoder { IgnoreMetadata = true }, content, info, Copy),
                PictureFormat.Png => ReadPng(content, info),
                _ => Read<Rgba32>(new WebpDecoder { IgnoreMetadata = true }, content, info, OverWhite),
            };
        }
        catch (Exception e) when (e is not (InvalidDataException or OutOfMemoryException))
        {
            // On damaged files the library throws whatever its parsers run into: ImageFormatException, NotSupportedException, index errors.
            throw new InvalidDataException($"its pixels cannot be decoded to the end ({e.Message})", e);
        }
    }

    /// <summary>JPEG without chroma subsampling.</summary>
    /// <param name="quality">1 to 100.</param>
    public static byte[] EncodeJpeg(Picture picture, int quality)
    {
        using var image = Image.LoadPixelData<Rgb24>(Library, picture.Rgb, picture.Width, picture.Height);
        using var stream = new MemoryStream();
        image.Save(stream, new JpegEncoder { Quality = quality, ColorType = JpegColorType.YCbCrRatio444 });
        return stream.ToArray();
    }

    /// <summary>WebP with loss.</summary>
    /// <param name="quality">1 to 100.</param>
    public static byte[] EncodeWebp(Picture picture, int quality)
    {
        using var image = Image.LoadPixelData<Rgb24>(Library, picture.Rgb, picture.Width, picture.Height);
        using var stream = new MemoryStream();
        image.Save(stream, new WebpEncoder { Quality = quality, FileFormat = WebpFileFormatType.Lossy });
        return stream.ToArray();
    }

    /// <remarks>
    /// Two things the library does otherwise than PNG wants: it takes pixels that end early for black ones, and misses
    /// the transparent colour of 16-bit pictures.
    /// </remarks>
    private static Picture ReadPng(ReadOnlyMemory<byte> content, PictureInfo info)
    {
        var png = PngLayout.Read(content.Span);
        png.RequireAllPixels(content.Span);
        var decoder = new PngDecoder { IgnoreMetadata = true };
        return png.TransparentColour is { } colour ? Read<Rgba64>(decoder, content, info, (row, rgb) => OverWhite(row, rgb, colour))
            : png.BitDepth == 16 ? Read<Rgba64>(decoder, content, info, OverWhite)
            : Read<Rgba32>(decoder, content, info, OverWhite);
    }

    private delegate void ToRgb<TPixel>(ReadOnlySpan<TPixel> row, Span<byte> rgb);

    private static Picture Read<TPixel>(IImageDecoder decoder, ReadOnlyMemory<byte> content, PictureInfo info, ToRgb<TPixel> convert)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        using var stream = new MemoryStream(content.ToArray(), writable: false);
        using var image = decoder.Decode<TPixel>(Library, stream, CancellationToken.None);
        if (image.Width != info.Width || image.Height != info.Height)
            throw new InvalidDataException($"its header says {info.Width} × {info.Height} px, its data {image.Width} × {image.Height}");
        var rgb = new byte[3L * info.Width * info.Height];
        for (var y = 0; y < info.Height; y++)
            convert(image.DangerousGetPixelRowMemory(y).Span, rgb.AsSpan(3 * y * info.Width, 3 * info.Width));
        return new(info.Width, info.Height, rgb);
    }

    private static void Copy(ReadOnlySpan<Rgb24> row, Span<byte> rgb) => MemoryMarshal.AsBytes(row).CopyTo(rgb);

    private static void OverWhite(ReadOnlySpan<Rgba32> row, Span<byte> rgb)
    {
        for (var x = 0; x < row.Length; x++)
        {
            var pixel = row[x];
            rgb[3 * x] = OverWhite(pixel.R, pixel.A);
            rgb[(3 * x) + 1] = OverWhite(pixel.G, pixel.A);
            rgb[(3 * x) + 2] = OverWhite(pixel.B, pixel.A);
        }
    }

    /// <summary>Of 16 bits a channel the upper eight count.</summary>
    private static void OverWhite(ReadOnlySpan<Rgba64> row, Span<byte> rgb)
    {
        for (var x = 0; x < row.Length; x++)
        {
            var pixel = row[x];
            var alpha = pixel.A >> 8;
            rgb[3 * x] = OverWhite(pixel.R >> 8, alpha);
            rgb[(3 * x) + 1] = OverWhite(pixel.G >> 8, alpha);
            rgb[(3 * x) + 2] = OverWhite(pixel.B >> 8, alpha);
        }
    }

    private static void OverWhite(ReadOnlySpan<Rgba64> row, Span<byte> rgb, (ushort R, ushort G, ushort B) transparent)
    {
        for (var x = 0; x < row.Length; x++)
        {
            var pixel = row[x];
            var alpha = (pixel.R, pixel.G, pixel.B) == transparent ? 0 : 255;
            rgb[3 * x] = OverWhite(pixel.R >> 8, alpha);
            rgb[(3 * x) + 1] = OverWhite(pixel.G >> 8, alpha);
            rgb[(3 * x) + 2] = OverWhite(pixel.B >> 8, alpha);
        }
    }

    private static byte OverWhite(int value, int alpha) => (byte)(((value * alpha) + (255 * (255 - alpha)) + 127) / 255);
}
