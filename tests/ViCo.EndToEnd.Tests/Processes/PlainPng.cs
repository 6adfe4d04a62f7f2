using System.Buffers.Binary;
using System.IO.Compression;

namespace ViCo.EndToEnd.Tests.Processes;

/// <summary>Pictures that a test paints or looks at, pixel by pixel: 8-bit RGB PNG; read with or without alpha.</summary>
internal static class PlainPng
{
    /// <summary>The pixels row by row, three bytes each.</summary>
    public static byte[] Pixels(string file)
    {
        var png = File.ReadAllBytes(file);
        using var packed = new MemoryStream();
        var (width, height) = (Big(png, 16), Big(png, 20));                        // IHDR comes first
        var samples = png[25] == 6 ? 4 : 3;
        Assert.Equal([8, (byte)(samples == 4 ? 6 : 2), 0, 0, 0], png[24..29]);     // 8 bits, RGBA or RGB, not interlaced
        for (var at = 8; at < png.Length; at += 12 + Big(png, at))
        {
            if (png.AsSpan(at + 4, 4).SequenceEqual("IDAT"u8)) packed.Write(png, at + 8, Big(png, at));
        }

        packed.Position = 0;
        using var pixels = new ZLibStream(packed, CompressionMode.Decompress);
        var (all, stride) = (new byte[samples * width * height], samples * width);
        for (var y = 0; y < height; y++)
        {
            var filter = pixels.ReadByte();
            var row = all.AsSpan(y * stride, stride);
            pixels.ReadExactly(row);
            for (var i = 0; i < stride; i++)
            {
                int left = i < samples ? 0 : row[i - samples], above = y == 0 ? 0 : all[(y - 1) * stride + i];
                var corner = i < samples || y == 0 ? 0 : all[(y - 1) * stride + i - samples];
                row[i] += (byte)(filter switch { 0 => 0, 1 => left, 2 => above, 3 => (left + above) / 2, _ => Paeth(left, above, corner) });
            }
        }

        return samples == 3 ? all : [.. all.Where((_, i) => i % 4 < 3)];
    }

    public static void Write(string file, int width, int height, Func<int, int, (byte R, byte G, byte B)> colour)
    {
        using var pixels = new MemoryStream();
        using (var packed = new ZLibStream(pixels, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var y = 0; y < height; y++)
            {
                packed.WriteByte(0);
                for (var x = 0; x < width; x++)
                {
                    var (r, g, b) = colour(x, y);
                    packed.Write([r, g, b]);
                }
            }
        }

        File.WriteAllBytes(file,
            [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, .. Chunk("IHDR"u8, [.. Big(width), .. Big(height), 8, 2, 0, 0, 0]),
            .. Chunk("IDAT"u8, pixels.ToArray()), .. Chunk("IEND"u8, [])]);
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, byte[] content)
    {
        byte[] summed = [.. type, .. content];
        return [.. Big(content.Length), .. summed, .. Big((int)Crc32(summed))];
    }

    /// <summary>Of the three, the one nearest to left + above - corner: PNG specification, section 9.4.</summary>
    private static int Paeth(int left, int above, int corner)
    {
        int byLeft = Math.Abs(above - corner), byAbove = Math.Abs(left - corner), byCorner = Math.Abs(left + above - 2 * corner);
        return byLeft <= byAbove && byLeft <= byCorner ? left : byAbove <= byCorner ? above : corner;
    }

    private static int Big(byte[] bytes, int at) => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));

    private static byte[] Big(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static uint Crc32(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }

        return ~crc;
    }
}
