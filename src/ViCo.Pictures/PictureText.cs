using System.Buffers.Binary;
using System.Text;

namespace ViCo.Pictures;

/// <summary>Text that travels inside a PNG file: a <c>tEXt</c> chunk where Latin-1 holds it, else <c>iTXt</c> (UTF-8).</summary>
/// <param name="Keyword">1 to 79 printable Latin-1 characters, such as <c>Software</c>; <c>XML:com.adobe.xmp</c> carries XMP.</param>
/// <param name="Text">Any text without the NUL character.</param>
public sealed record PictureText(string Keyword, string Text)
{
    private const string Xmp = "XML:com.adobe.xmp";

    /// <summary>The texts of a PNG file in their order; compressed ones (<c>zTXt</c>) are left out. Empty for other files.</summary>
    public static IReadOnlyList<PictureText> Read(ReadOnlySpan<byte> png)
    {
        var texts = new List<PictureText>();
        if (PictureHeader.Read(png).Info is not { Format: PictureFormat.Png })
            return texts;

        // The header reader walked the same chunks to IEND, so lengths are sound.
        for (var at = 8; !png.Slice(at + 4, 4).SequenceEqual("IEND"u8);)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png[at..]);
            var data = png.Slice(at + 8, length);
            if (png.Slice(at + 4, 4).SequenceEqual("tEXt"u8))
                ReadPlain(data, texts);
            else if (png.Slice(at + 4, 4).SequenceEqual("iTXt"u8))
                ReadInternational(data, texts);
            at += 12 + length;
        }

        return texts;
    }

    /// <summary>Chunk type and data.</summary>
    internal (byte[] Type, byte[] Data) ToChunk()
    {
        if (Keyword.Length is 0 or > 79 || Keyword.Any(c => c is < ' ' or (> '~' and < '¡') or > 'ÿ') || Keyword.Trim() != Keyword)
            throw new ArgumentException(
                $"PNG keyword '{Keyword}' must be 1 to 79 printable Latin-1 characters without spaces at its ends.");
        if (Text.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException($"PNG text '{Keyword}' holds a NUL character.");

        var keyword = Encoding.Latin1.GetBytes(Keyword);
        return Keyword != Xmp && Text.All(c => c is '\n' or (>= ' ' and <= '~') or (>= '\u00A0' and <= 'ÿ'))
            ? ("tEXt"u8.ToArray(), [.. keyword, 0, .. Encoding.Latin1.GetBytes(Text)])
            // Not compressed, no language, no translated keyword.
            : ("iTXt"u8.ToArray(), [.. keyword, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(Text)]);
    }

    private static void ReadPlain(ReadOnlySpan<byte> data, List<PictureText> texts)
    {
        if (data.IndexOf((byte)0) is > 0 and var end)
            texts.Add(new(Encoding.Latin1.GetString(data[..end]), Encoding.Latin1.GetString(data[(end + 1)..])));
    }

    private static void ReadInternational(ReadOnlySpan<byte> data, List<PictureText> texts)
    {
        var end = data.IndexOf((byte)0);
        if (end <= 0 || data.Length < end + 3 || data[end + 1] != 0)
            return;
        var rest = data[(end + 3)..];
        var language = rest.IndexOf((byte)0);
        var translated = language < 0 ? -1 : rest[(language + 1)..].IndexOf((byte)0);
        if (translated >= 0)
            texts.Add(new(Encoding.Latin1.GetString(data[..end]), Encoding.UTF8.GetString(rest[(language + translated + 2)..])));
    }
}
