using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ViCo.Text;

/// <summary>
/// Mends text as the tokenizers of CLIP and Stable Diffusion have it mended before they look at it: what ftfy's
/// <c>fix_text</c> does, by its documentation.
/// </summary>
/// <remarks>
/// HTML entities (unless the text holds a <c>&lt;</c>), text decoded in a wrong encoding (<see cref="Mojibake"/>), C1 controls that
/// were meant as Windows-1252, Latin ligatures, full and half width, curly quotes, line breaks, terminal escapes, control
/// characters, NFC; over again until nothing changes.
/// </remarks>
internal static partial class UnicodeRepair
{
    /// <summary>Each round undoes one layer; nobody wraps text deeper than this.</summary>
    private const int MaxRounds = 10;

    private static readonly FrozenDictionary<string, string> Entities = LoadEntities();

    private static readonly FrozenDictionary<char, string> Replacements = MakeReplacements();

    public static string Repair(string text)
    {
        if (IsPlain(text))
            return text;
        var output = new StringBuilder(text.Length);
        var unescapes = true;
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start) is >= 0 and var at ? at + 1 : text.Length;
            var line = text[start..end];
            // Markup means that the entities are meant as such: from there on they stay.
            unescapes &= !line.Contains('<', StringComparison.Ordinal);
            output.Append(FixLine(line, unescapes));
            start = end;
        }

        return output.ToString();
    }

    /// <summary>Printable ASCII without entities: almost every prompt.</summary>
    private static bool IsPlain(string text) =>
        !text.AsSpan().ContainsAnyExceptInRange(' ', '~') && !text.Contains('&', StringComparison.Ordinal);

    private static string FixLine(string line, bool unescapes)
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            var before = line;
            if (unescapes)
                line = Entity.Replace(line, match => Unescape(match.Value));
            line = Mojibake.Fix(line);
            line = Mojibake.FixC1Controls(line);
            line = Replace(line);
            line = line.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
            line = TerminalEscape.Replace(line, "");
            line = Control.Replace(line, "");
            line = UnicodeText.Compose(line);
            if (line == before)
                break;
        }

        return line;
    }

    [GeneratedRegex("&#?[0-9A-Za-z]{1,24};")]
    private static partial Regex Entity { get; }

    [GeneratedRegex(@"\u001B\[[0-9;]*[a-zA-Z]")]
    private static partial Regex TerminalEscape { get; }

    /// <summary>
    /// Control characters other than white space, deprecated format characters, byte order mark, annotation and object marks.
    /// </summary>
    [GeneratedRegex(@"[\u0000-\u0008\u000B\u000E-\u001F\u007F\u206A-\u206F\uFEFF\uFFF9-\uFFFC]")]
    private static partial Regex Control { get; }

    private static string Unescape(string entity)
    {
        if (Entities.TryGetValue(entity[1..^1], out var text))
            return text;
        // A reference to the semicolon itself stays: it would look like the end of another.
        return entity[1] == '#' && Numeric(entity[2..^1]) is { } numeric and not ";" ? numeric : entity;
    }

    /// <summary>A numeric reference by the HTML standard: null where there is no number, empty where there is no such character.</summary>
    private static string? Numeric(string digits)
    {
        var isHex = digits is ['x' or 'X', ..];
        if (isHex)
            digits = digits[1..];
        if (digits.Length == 0 || !digits.All(isHex ? char.IsAsciiHexDigit : char.IsAsciiDigit))
            return null;
        digits = digits.TrimStart('0') is { Length: > 0 } significant ? significant : "0";
        // Eight digits are beyond Unicode in either base.
        var value = digits.Length > 7 ? int.MaxValue
            : int.Parse(digits, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture);
        return value switch
        {
            0 or (>= 0xD800 and <= 0xDFFF) or > 0x10FFFF => "\uFFFD",
            0x0D => "\r",
            >= 0x80 and <= 0x9F => Mojibake.FixC1Controls(((char)value).ToString()),
            (>= 0x01 and <= 0x08) or 0x0B or (>= 0x0E and <= 0x1F) or 0x7F or (>= 0xFDD0 and <= 0xFDEF) => "",
            _ when (value & 0xFFFE) == 0xFFFE => "",
            _ => new Rune(value).ToString(),
        };
    }

    private static string Replace(string text)
    {
        StringBuilder? output = null;
        for (var i = 0; i < text.Length; i++)
        {
            var isLone = char.IsSurrogate(text[i])
                && !(char.IsHighSurrogate(text[i]) ? i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) : i > 0
                && char.IsHighSurrogate(text[i - 1]));
            var replacement = isLone ? "\uFFFD" : Replacements.GetValueOrDefault(text[i]);
            if (replacement is null)
            {
                output?.Append(text[i]);
                continue;
            }

            output ??= new StringBuilder(text.Length + 8).Append(text, 0, i);
            output.Append(replacement);
        }

        return output?.ToString() ?? text;
    }

    private static FrozenDictionary<char, string> MakeReplacements()
    {
        var map = new Dictionary<char, string>();
        // Latin ligatures and digraphs that are two letters to a reader.
        Map(0x0132, "IJ", "ij");
        Map(0x0149, "'n");
        Map(0x01C4, "DŽ", "Dž", "dž", "LJ", "Lj", "lj", "NJ", "Nj", "nj");
        Map(0x01F1, "DZ", "Dz", "dz");
        Map(0xFB00, "ff", "fi", "fl", "ffi", "ffl", "ſt", "st");

        // Full width to ASCII, half width to the usual Katakana, Hangul and signs: their NFKC.
        Map(0x3000, " ");
        for (var c = 0xFF01; c <= 0xFF5E; c++)
            Map(c, ((char)(c - 0xFEE0)).ToString());
        Map(0xFF5F, "⦅", "⦆");
        Map(0xFF61, [
            .. ("。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシ"
                + "スセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨ"
                + "ラリルレロワン\u3099\u309A").Select(c => c.ToString()),
        ]);
        Map(0xFFA0, [
            .. ("\u1160\u1100\u1101\u11AA\u1102\u11AC\u11AD\u1103\u1104\u1105\u11B0\u11B1\u11B2\u11B3\u11B4\u11B5\u111A\u1106\u1107\u1108"
            + "\u1121\u1109\u110A\u110B\u110C\u110D\u110E\u110F\u1110\u1111\u1112").Select(c => c.ToString())]);
        foreach (var (first, vowels) in new[] { (0xFFC2, 0x1161), (0xFFCA, 0x1167), (0xFFD2, 0x116D) })
            Map(first, [.. Enumerable.Range(vowels, 6).Select(c => ((char)c).ToString())]);
        Map(0xFFDA, "\u1173", "\u1174", "\u1175");
        Map(0xFFE0, "¢", "£", "¬", " \u0304", "¦", "¥", "₩");
        Map(0xFFE8, "│", "←", "↑", "→", "↓", "■", "○");

        // Curly quotes, and line breaks of other kinds.
        Map(0x02BC, "'");
        Map(0x2018, "'", "'", "'", "'", "\"", "\"", "\"", "\"");
        Map(0x2028, "\n", "\n");
        return map.ToFrozenDictionary();

        void Map(int first, params ReadOnlySpan<string> texts)
        {
            for (var i = 0; i < texts.Length; i++)
                map.Add((char)(first + i), texts[i]);
        }
    }

    private static FrozenDictionary<string, string> LoadEntities()
    {
        var entities = new Dictionary<string, string>(StringComparer.Ordinal);
        using var resource = typeof(UnicodeRepair).Assembly.GetManifestResourceStream("HtmlEntities.txt")
            ?? throw new InvalidDataException("The resource HtmlEntities.txt is not in the engine's assembly.");
        using var reader = new StreamReader(resource, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            if (line.Split(' ') is [[not '#', ..] name, .. var codePoints])
                entities.Add(name, string.Concat(
                    codePoints.Select(c => new Rune(int.Parse(c, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString())));
        }

        // Written all in capitals, as in headings: &EACUTE; stands for É where HTML has no entity of that name.
        foreach (var (name, text) in entities.Where(e => !e.Key.Any(char.IsAsciiLetterUpper)).ToList())
            entities.TryAdd(name.ToUpperInvariant(), text.ToUpperInvariant());
        return entities.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
