using System.Buffers.Binary;
using System.IO.Compression;

namespace ViCo.EndToEnd.Tests.Processes;

/// <summary>Photos that a test paints: an 8-bit RGB PNG without filters.</summary>
internal static class PlainPng
{
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

        File.WriteAllBytes(file, [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, .. Chunk("IHDR"u8, [.. Big(width), .. Big(height), 8, 2, 0, 0, 0]), .. Chunk("IDAT"u8, pixels.ToArray()), .. Chunk("IEND"u8, [])]);
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, byte[] content)
    {
        byte[] summed = [.. type, .. content];
        return [.. Big(content.Length), .. summed, .. Big((int)Crc32(summed))];
    }

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
