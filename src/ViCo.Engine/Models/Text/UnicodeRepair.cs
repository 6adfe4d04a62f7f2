using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace ViCo.Engine.Models.Text;

/// <summary>The repairs that ftfy makes before Stable Diffusion's tokenizer sees a prompt: curly quotes, ligatures, full width, HTML entities, control characters.</summary>
/// <remarks>
/// Text that was decoded in a wrong character set (mojibake, <c>schÃ¶n</c>) is left as it is: telling it from text that means what it says
/// takes ftfy's statistics. Repairs run until nothing changes, as nested entities need.
/// </remarks>
internal static partial class UnicodeRepair
{
    private const string HalfWidthKatakana = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン\u3099\u309A";

    /// <summary>Windows-1252 at 0x80–0x9F, which files labelled Latin-1 mean; the five holes stay.</summary>
    private const string Windows1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ";

    private static readonly Dictionary<char, string> Ligatures = new()
    {
        ['Ĳ'] = "IJ", ['ĳ'] = "ij", ['ŉ'] = "ʼn", ['Ǳ'] = "DZ", ['ǲ'] = "Dz", ['ǳ'] = "dz", ['Ǆ'] = "DŽ", ['ǅ'] = "Dž", ['ǆ'] = "dž",
        ['Ǉ'] = "LJ", ['ǈ'] = "Lj", ['ǉ'] = "lj", ['Ǌ'] = "NJ", ['ǋ'] = "Nj", ['ǌ'] = "nj",
        ['ﬀ'] = "ff", ['ﬁ'] = "fi", ['ﬂ'] = "fl", ['ﬃ'] = "ffi", ['ﬄ'] = "ffl", ['ﬅ'] = "ſt", ['ﬆ'] = "st",
    };

    /// <summary>Repaired and in normalization form C.</summary>
    public static string Repair(string text)
    {
        // A '<' may mean that this is HTML on purpose.
        var entities = !text.Contains('<', StringComparison.Ordinal);
        const int MostRounds = 16;              // each round shortens or settles; a bound all the same
        for (var round = 0; round < MostRounds; round++)
        {
            var before = text;
            if (entities)
                text = Entity.Replace(text, m => Unescape(m.Value));
            text = UnicodeText.Compose(Characters(TerminalEscape.Replace(text, "")));
            if (text == before)
                break;
        }

        return text;
    }

    private static string Characters(string text)
    {
        if (Ascii.IsValid(text) && !text.AsSpan().ContainsAnyInRange('\0', '\u001F') && !text.Contains('\u007F', StringComparison.Ordinal))
            return text;
        var output = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            switch (c)
            {
                case '\u2028' or '\u2029' or '\r': output.Append('\n'); break;
                case >= '\u0080' and <= '\u009F': output.Append(Windows1252[c - '\u0080']); break;
                case var _ when Ligatures.TryGetValue(c, out var letters): output.Append(letters); break;
                case '\u3000': output.Append(' '); break;
                case >= '\uFF01' and <= '\uFF5E': output.Append((char)(c - 0xFEE0)); break;
                case >= '\uFF61' and <= '\uFF9F': output.Append(HalfWidthKatakana[c - '\uFF61']); break;
                case 'ʼ' or (>= '\u2018' and <= '\u201B'): output.Append('\''); break;
                case >= '\u201C' and <= '\u201F': output.Append('"'); break;
                case '\t' or '\n' or '\f': output.Append(c); break;
                case < ' ' or '\u007F' or '\uFEFF' or (>= '\u206A' and <= '\u206F') or (>= '\uFFF9' and <= '\uFFFC'): break;
                default: output.Append(c); break;
            }
        }

        return output.ToString();
    }

    /// <summary>HTML 4's names, in capitals too (<c>&amp;EACUTE;</c>), and numbers; anything else stays.</summary>
    private static string Unescape(string entity)
    {
        if (entity == "&apos;")
            return "'";
        var plain = WebUtility.HtmlDecode(entity);
        if (plain != entity || entity[1] == '#')
            return plain;
        var lower = WebUtility.HtmlDecode(entity.ToLowerInvariant());
        return lower.Length == 1 && !entity.Any(char.IsLower) && char.IsLetter(lower[0]) ? lower.ToUpper(CultureInfo.InvariantCulture) : entity;
    }

    [GeneratedRegex("&#?[0-9A-Za-z]{1,24};")]
    private static partial Regex Entity { get; }

    [GeneratedRegex(@"\x1B\[[\d;]*[A-Za-z]")]
    private static partial Regex TerminalEscape { get; }
}
