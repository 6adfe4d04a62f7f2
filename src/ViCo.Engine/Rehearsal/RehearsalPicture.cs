using System.Buffers.Binary;
using System.IO.Compression;

namespace ViCo.Engine;

/// <summary>A disc on a gradient, its colours and place taken from 32 bytes; a valid PNG, written without any picture library.</summary>
internal static class RehearsalPicture
{
    public static byte[] Draw(ReadOnlySpan<byte> seed, int width, int height)
    {
        var rows = new byte[height * (1 + 3 * width)];               // each row: filter 0, then RGB
        double cx = width * (0.3 + 0.4 * seed[6] / 255), cy = height * (0.35 + 0.3 * seed[7] / 255);
        var radius = Math.Min(width, height) * (0.15 + 0.12 * seed[8] / 255);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var inside = (x - cx) * (x - cx) + (y - cy) * (y - cy) < radius * radius;
                for (var c = 0; c < 3; c++)
                {
                    var shade = inside ? seed[c] : seed[3 + c] * (0.5 + 0.5 * y / height);
                    rows[y * (1 + 3 * width) + 1 + 3 * x + c] = (byte)shade;
                }
            }
        }

        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;                                               // bits per channel
        header[9] = 2;                                               // RGB
        Chunk(png, "IHDR"u8, header);
        using (var packed = new MemoryStream())
        {
            using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true)) zlib.Write(rows);
            Chunk(png, "IDAT"u8, packed.ToArray());
        }
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static void Chunk(Stream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(type);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(data, Crc(type, uint.MaxValue)) ^ uint.MaxValue);
        png.Write(number);
    }

    private static uint Crc(ReadOnlySpan<byte> data, uint crc)
    {
        foreach (var b in data)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
        }
        return crc;
    }
}
