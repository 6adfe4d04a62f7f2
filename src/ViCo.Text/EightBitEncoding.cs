using System.Collections.Frozen;
using System.Text;

namespace ViCo.Text;

/// <summary>
/// An eight-bit encoding in which UTF-8 is often misread. Bytes it leaves undefined stand for the controls of the same number.
/// </summary>
internal sealed class EightBitEncoding
{
    /// <summary>Stands for U+FFFD, a character that was already lost, in the Windows encodings.</summary>
    public const byte Lost = 0x1A;

    private readonly char[] _characters = new char[256];
    private readonly FrozenDictionary<char, byte> _bytes;

    private EightBitEncoding(int codePage, bool isWindows = false, bool allowsSpace = true)
    {
        AllowsLostBytes = isWindows;
        AllowsSpaceForA0 = allowsSpace;
        var encoding = CodePagesEncodingProvider.Instance.GetEncoding(codePage) ?? Encoding.GetEncoding(codePage);
        var bytes = new Dictionary<char, byte>();
        for (var b = 0; b < 256; b++)
        {
            // Undefined bytes come as themselves, as private characters or as question marks, by the code page.
            var c = b < 0x80 ? (char)b
                : encoding.GetString([(byte)b]) is [not ('\uFFFD' or '?' or (>= '\uE000' and <= '\uF8FF')) and var known] ? known : (char)b;
            if (c == '\u2126')
                c = '\u03A9';                                            // the Greek letter, not the sign for ohm
            _characters[b] = c;
            bytes.TryAdd(c, (byte)b);
        }

        if (isWindows)
            bytes['\uFFFD'] = Lost;
        _bytes = bytes.ToFrozenDictionary();
    }

    /// <summary>Most likely first.</summary>
    public static IReadOnlyList<EightBitEncoding> All { get; } =
    [
        new(28591), new(1252, isWindows: true), new(1251, isWindows: true), new(1250, isWindows: true), new(1253, isWindows: true),
        new(1254, isWindows: true), new(1257, isWindows: true), new(28592),
        new(10000, allowsSpace: false),                             // MacRoman's Ã is a dash there, and a dash before a space is none
        new(437),
    ];

    public static EightBitEncoding Windows1252 => All[1];

    public bool AllowsLostBytes { get; }

    public bool AllowsSpaceForA0 { get; }

    public char Character(byte value) => _characters[value];

    public bool TryByte(char c, out byte value) => _bytes.TryGetValue(c, out value);

    /// <summary>False when the encoding lacks one of the characters.</summary>
    public bool TryEncode(string text, Span<byte> bytes)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!_bytes.TryGetValue(text[i], out bytes[i]) || (AllowsLostBytes && text[i] == Lost))
                return false;
        }

        return true;
    }
}
