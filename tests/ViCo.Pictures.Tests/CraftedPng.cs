using System.Buffers.Binary;
using System.IO.Compression;

namespace ViCo.Pictures.Tests;

/// <summary>A PNG of any kind that the specification knows, filled with noise, and the pixels that a reader must see over white.</summary>
internal sealed class CraftedPng
{
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private readonly int _width, _height, _type, _depth, _samples;
    private readonly int[] _values;

    /// <param name="type">PNG's colour type: 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGBA.</param>
    /// <param name="depth">Bits of a sample.</param>
    public CraftedPng(int width, int height, int type, int depth)
    {
        (_width, _height, _type, _depth) = (width, height, type, depth);
        _samples = type switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        var random = new Random(1000 * type + depth);
        _values = [.. Enumerable.Range(0, width * height * _samples).Select(_ => random.Next(1 << depth))];
        Palette = [.. Enumerable.Range(0, 3 << Math.Min(depth, 8)).Select(_ => (byte)random.Next(256))];
    }

    public byte[] Palette { get; }

    /// <summary>The samples of one pixel: a transparent colour that occurs.</summary>
    public int[] SamplesAt(int x, int y) => _values[(((y * _width) + x) * _samples)..((((y * _width) + x) * _samples) + _samples)];

    /// <param name="transparency">What <c>tRNS</c> holds: a colour's samples, or alphas of the palette's
    /// first entries; null: no such chunk.</param>
    public byte[] File(bool interlaced, int[]? transparency = null, int rowsMissing = 0)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, _width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), _height);
        (header[8], header[9], header[12]) = ((byte)_depth, (byte)_type, interlaced ? (byte)1 : (byte)0);
        List<byte> png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, .. Chunk("IHDR"u8, header)];
        if (_type == 3) png.AddRange(Chunk("PLTE"u8, Palette));
        if (transparency is not null)
            png.AddRange(Chunk("tRNS"u8, _type == 3 ? [.. transparency.Select(a => (byte)a)]
                : [.. transparency.SelectMany(v => new[] { (byte)(v >> 8), (byte)v })]));

        var rows = new List<byte>();
        foreach (var (x, y, stepX, stepY) in interlaced ? Adam7 : [(0, 0, 1, 1)])
        {
            for (var row = y; row < _height - rowsMissing && x < _width; row += stepY)
                rows.AddRange(
                    [0, .. Pack(Enumerable.Range(0, (_width - x + stepX - 1) / stepX).SelectMany(i => SamplesAt(x + (i * stepX), row)))]);
        }

        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true)) zlib.Write([.. rows]);
        return [.. png, .. Chunk("IDAT"u8, packed.ToArray()), .. Chunk("IEND"u8, [])];
    }

    /// <summary>What a reader must see: of 16 bits the upper eight, transparency over white.</summary>
    public byte[] Expected(int[]? transparency = null)
    {
        var rgb = new List<byte>();
        for (var at = 0; at < _values.Length; at += _samples)
        {
            var sample = _values[at..(at + _samples)];
            var alpha = _type switch
            {
                3 => transparency is not null && sample[0] < transparency.Length ? transparency[sample[0]] : 255,
                4 or 6 => Eight(sample[^1]),
                _ => transparency is not null && sample.SequenceEqual(transparency) ? 0 : 255,
            };
            int[] colour = _type switch
            {
                3 => [.. Palette.Skip(3 * sample[0]).Take(3).Select(v => (int)v)],
                0 or 4 => [.. Enumerable.Repeat(Eight(sample[0]), 3)],
                _ => [.. sample.Take(3).Select(Eight)],
            };
            rgb.AddRange(colour.Select(v => (byte)(((v * alpha) + (255 * (255 - alpha)) + 127) / 255)));
        }

        return [.. rgb];
    }

    public static byte[] Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        var chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        type.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }

    private static uint Crc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
        }

        return ~crc;
    }

    private int Eight(int value) => _depth == 16 ? value >> 8 : value * 255 / ((1 << _depth) - 1);

    private IEnumerable<byte> Pack(IEnumerable<int> row)
    {
        if (_depth == 16) return row.SelectMany(v => new[] { (byte)(v >> 8), (byte)v });
        return row.Chunk(8 / _depth).Select(values => (byte)(values.Select((v, i) => v << (8 - (_depth * (i + 1)))).Sum()));
    }
}
