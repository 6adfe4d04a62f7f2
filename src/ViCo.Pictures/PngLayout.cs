using System.Buffers.Binary;
using System.IO.Compression;

namespace ViCo.Pictures;

/// <summary>How a PNG file's pixels lie in it: what must be known of it beside its size. W3C PNG 3rd edition, sections 7 to 11.</summary>
/// <param name="BitDepth">Of a sample: 1, 2, 4, 8 or 16.</param>
/// <param name="TransparentColour">The colour that stands for nothing in a 16-bit picture without alpha; null where there is none.</param>
internal sealed record PngLayout(int Width, int Height, int BitDepth, int ColourType, bool IsInterlaced,
    (ushort R, ushort G, ushort B)? TransparentColour)
{
    private const int Grey = 0, Rgb = 2;

    /// <summary>Adam7: where each pass begins and how far apart its pixels are.</summary>
    private static readonly (int X, int Y, int StepX, int StepY)[] Passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <param name="png">A file that <see cref="PictureHeader"/> found whole: its chunks lie inside it.</param>
    public static PngLayout Read(ReadOnlySpan<byte> png)
    {
        var header = png.Slice(16, 13);
        var (depth, type) = (header[8], header[9]);
        (ushort, ushort, ushort)? transparent = null;
        foreach (var chunk in Chunks(png))
        {
            var data = png[chunk.Data];
            if (depth != 16 || !png.Slice(chunk.Type, 4).SequenceEqual("tRNS"u8)) continue;
            if (type == Grey && data.Length >= 2) transparent = (Sample(data), Sample(data), Sample(data));
            if (type == Rgb && data.Length >= 6) transparent = (Sample(data), Sample(data[2..]), Sample(data[4..]));
        }

        return new(BinaryPrimitives.ReadInt32BigEndian(header), BinaryPrimitives.ReadInt32BigEndian(header[4..]), depth, type,
            header[12] == 1, transparent);

        static ushort Sample(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16BigEndian(bytes);
    }

    /// <summary>Unpacks the picture data without keeping it, to see whether every row is there.</summary>
    /// <exception cref="InvalidDataException">It ends early, or is no zlib stream.</exception>
    public void RequireAllPixels(ReadOnlySpan<byte> png)
    {
        using var packed = new MemoryStream();
        foreach (var chunk in Chunks(png))
        {
            if (png.Slice(chunk.Type, 4).SequenceEqual("IDAT"u8)) packed.Write(png[chunk.Data]);
        }

        packed.Position = 0;
        using var data = new ZLibStream(packed, CompressionMode.Decompress);
        var (wanted, found) = (DataLength(), 0L);
        var buffer = new byte[1 << 16];
        try
        {
            while (found < wanted && data.Read(buffer, 0, (int)Math.Min(buffer.Length, wanted - found)) is > 0 and var read) found += read;
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"its pixels do not unpack after {found:N0} of {wanted:N0} bytes", e);
        }

        if (found < wanted) throw new InvalidDataException($"its pixels end after {found:N0} of {wanted:N0} bytes");
    }

    /// <summary>Bytes of all rows, each with the number of its filter before it.</summary>
    private long DataLength()
    {
        return IsInterlaced
            ? Passes.Sum(p => Rows(Count(Width, p.X, p.StepX), Count(Height, p.Y, p.StepY)))
            : Rows(Width, Height);

        static long Count(int size, int first, int step) => (size - first + step - 1) / step;

        long Rows(long width, long height) => width == 0 ? 0 : height * (1 + (((width * BitDepth * Samples) + 7) / 8));
    }

    private int Samples => ColourType switch { Rgb => 3, 4 => 2, 6 => 4, _ => 1 };

    private static List<(int Type, Range Data)> Chunks(ReadOnlySpan<byte> png)
    {
        var chunks = new List<(int, Range)>();
        for (var at = 8; ;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png[at..]);
            chunks.Add((at + 4, (at + 8)..(at + 8 + length)));
            if (png.Slice(at + 4, 4).SequenceEqual("IEND"u8)) return chunks;
            at += 12 + length;
        }
    }
}
