using System.Buffers.Binary;
using System.IO.Compression;

namespace ViCo.Pictures;

/// <summary>Writes 8-bit RGB PNG files: no timestamps, no metadata but the given texts, so that equal pictures have equal bytes.</summary>
internal static class PngWriter
{
    private static readonly uint[] CrcTable = MakeCrcTable();

    public static byte[] Write(Picture picture, IReadOnlyList<PictureText> texts)
    {
        using var png = new MemoryStream();
        png.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);

        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, picture.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), picture.Height);
        header[8] = 8;                                  // bits
        header[9] = 2;                                  // RGB
        WriteChunk(png, "IHDR"u8, header);
        foreach (var text in texts)
        {
            var (type, data) = text.ToChunk();
            WriteChunk(png, type, data);
        }

        WriteChunk(png, "IDAT"u8, Compress(picture));
        WriteChunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static ReadOnlySpan<byte> Compress(Picture picture)
    {
        var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            var stride = 3 * picture.Width;
            var above = new byte[stride];
            var best = new byte[stride + 1];
            var candidate = new byte[stride + 1];
            for (var y = 0; y < picture.Height; y++)
            {
                var row = picture.Rgb.AsSpan(y * stride, stride);
                var least = long.MaxValue;
                for (byte filter = 0; filter <= 4; filter++)
                {
                    var cost = Filter(filter, row, above, candidate);
                    if (cost < least)
                        (least, best, candidate) = (cost, candidate, best);
                }

                zlib.Write(best);
                row.CopyTo(above);
            }
        }

        return compressed.GetBuffer().AsSpan(0, (int)compressed.Length);
    }

    /// <summary>
    /// One row under a filter, and the sum of its absolute differences: the choice that PNG's specification suggests (section 12.7).
    /// </summary>
    private static long Filter(byte filter, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, Span<byte> output)
    {
        output[0] = filter;
        long cost = 0;
        for (var i = 0; i < row.Length; i++)
        {
            var left = i >= 3 ? row[i - 3] : 0;
            var predicted = filter switch
            {
                0 => 0,
                1 => left,
                2 => above[i],
                3 => (left + above[i]) / 2,
                _ => Paeth(left, above[i], i >= 3 ? above[i - 3] : 0),
            };
            var difference = (byte)(row[i] - predicted);
            output[i + 1] = difference;
            cost += Math.Abs((int)(sbyte)difference);
        }

        return cost;
    }

    private static int Paeth(int left, int up, int upLeft)
    {
        var (toLeft, toUp, toUpLeft) = (Math.Abs(up - upLeft), Math.Abs(left - upLeft), Math.Abs(left + up - (2 * upLeft)));
        return toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft;
    }

    private static void WriteChunk(Stream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, data.Length);
        png.Write(word);
        png.Write(type);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(word, ~Crc(data, Crc(type, uint.MaxValue)));
        png.Write(word);
    }

    private static uint Crc(ReadOnlySpan<byte> data, uint crc)
    {
        foreach (var b in data)
            crc = CrcTable[(byte)(crc ^ b)] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (uint n = 0; n < 256; n++)
        {
            var c = n;
            for (var bit = 0; bit < 8; bit++)
                c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
            table[n] = c;
        }

        return table;
    }
}
