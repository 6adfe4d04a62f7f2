using System.Globalization;
using System.Text;

namespace ViCo.Text;

/// <summary>
/// Normalization form C and full lower-casing, as Python gives them to the tokenizers that CLIP and Stable Diffusion were trained with.
/// </summary>
/// <remarks>
/// .NET's own <c>Normalize</c> and <c>ToLowerInvariant</c> need ICU for this, which bare machines lack: without it the first does nothing
/// and the second leaves <c>İ</c> and the final sigma alone. Unicode Standard Annex 15 and section 3.13, table 3-17.
/// </remarks>
internal static class UnicodeText
{
    private const int HangulS = 0xAC00, HangulL = 0x1100, HangulV = 0x1161, HangulT = 0x11A7;
    private const int LCount = 19, VCount = 21, TCount = 28, SCount = LCount * VCount * TCount;
    private const int CapitalSigma = 0x3A3, FinalSigma = 0x3C2, CapitalIWithDot = 0x130;

    private static readonly Tables Data = Tables.Load();

    /// <summary>Normalization form C. Lone surrogates become U+FFFD.</summary>
    public static string Compose(string text)
    {
        // Nothing below U+0300 combines or decomposes to something that is not put together again.
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\u02FF'))
            return text;

        var decomposed = new List<int>(text.Length + 8);
        foreach (var rune in text.EnumerateRunes())
            Decompose(rune.Value, decomposed);
        OrderMarks(decomposed);
        return ToText(Recombine(decomposed));
    }

    /// <summary>Full lower-casing: <c>İ</c> becomes two characters, a sigma that ends a word <c>ς</c>.</summary>
    public static string Lower(string text)
    {
        Rune[] runes = [.. text.EnumerateRunes()];
        var lower = new StringBuilder(text.Length);
        for (var i = 0; i < runes.Length; i++)
        {
            switch (runes[i].Value)
            {
                case CapitalIWithDot: lower.Append("i\u0307"); break;
                case CapitalSigma when EndsWord(runes, i): lower.Append((char)FinalSigma); break;
                default: lower.Append(Rune.ToLowerInvariant(runes[i]).ToString()); break;
            }
        }

        return lower.ToString();
    }

    private static void Decompose(int c, List<int> output)
    {
        if (c is >= HangulS and < HangulS + SCount)
        {
            var s = c - HangulS;
            output.Add(HangulL + (s / (VCount * TCount)));
            output.Add(HangulV + (s % (VCount * TCount) / TCount));
            if (s % TCount != 0)
                output.Add(HangulT + (s % TCount));
        }
        else if (Data.Decompositions.TryGetValue(c, out var parts))
        {
            Decompose(parts.First, output);
            if (parts.Second != 0)
                Decompose(parts.Second, output);
        }
        else
        {
            output.Add(c);
        }
    }

    /// <summary>Marks that follow one another are put in the order of their classes; equal classes keep theirs.</summary>
    private static void OrderMarks(List<int> text)
    {
        for (var i = 1; i < text.Count; i++)
        {
            var own = Class(text[i]);
            for (var j = i; own != 0 && j > 0 && Class(text[j - 1]) > own; j--)
                (text[j], text[j - 1]) = (text[j - 1], text[j]);
        }
    }

    private static List<int> Recombine(List<int> text)
    {
        var output = new List<int>(text.Count);
        var starter = -1;
        var lastClass = -1;
        foreach (var c in text)
        {
            var own = Class(c);
            // A character is blocked from its starter by one between them of the same or a higher class, or by another starter.
            if (starter >= 0 && (lastClass < own || lastClass == -1) && Pair(output[starter], c) is { } composed)
            {
                output[starter] = composed;
                continue;
            }

            if (own == 0)
            {
                starter = output.Count;
                lastClass = -1;
            }
            else
            {
                lastClass = own;
            }

            output.Add(c);
        }

        return output;
    }

    private static int? Pair(int first, int second)
    {
        if (first is >= HangulL and < HangulL + LCount && second is >= HangulV and < HangulV + VCount)
            return HangulS + ((((first - HangulL) * VCount) + second - HangulV) * TCount);
        if (first is >= HangulS and < HangulS + SCount && (first - HangulS) % TCount == 0 && second is > HangulT and < HangulT + TCount)
            return first + second - HangulT;
        return Data.Compositions.TryGetValue((first, second), out var composed) ? composed : null;
    }

    private static int Class(int c) => Data.Classes.GetValueOrDefault(c);

    private static bool EndsWord(Rune[] text, int sigma)
    {
        var before = sigma - 1;
        while (before >= 0 && IsCaseIgnorable(text[before]))
            before--;
        if (before < 0 || !IsCased(text[before]))
            return false;
        var after = sigma + 1;
        while (after < text.Length && IsCaseIgnorable(text[after]))
            after++;
        return after == text.Length || !IsCased(text[after]);
    }

    private static bool IsCaseIgnorable(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol
        || rune.Value is '\'' or '.' or ':' or '·' or 0x387 or 0x55F or 0x5F4 or 0x2018 or 0x2019 or 0x2024 or 0x2027
            or 0xFE13 or 0xFE52 or 0xFE55 or 0xFF07 or 0xFF0E or 0xFF1A;

    private static bool IsCased(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter
            or UnicodeCategory.TitlecaseLetter
        || rune.Value is 'ª' or 'º' or (>= 0x2160 and <= 0x217F) or (>= 0x24B6 and <= 0x24E9)
            or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);

    private static string ToText(List<int> codePoints)
    {
        var text = new StringBuilder(codePoints.Count);
        foreach (var c in codePoints)
            text.Append(new Rune(c).ToString());
        return text.ToString();
    }

    private sealed record Tables(
        Dictionary<int, (int First, int Second)> Decompositions, Dictionary<(int First, int Second), int> Compositions, Dictionary<int,
        int> Classes)
    {
        public static Tables Load()
        {
            var tables = new Tables([], [], []);
            using var resource = typeof(UnicodeText).Assembly.GetManifestResourceStream("UnicodeComposition.txt")
                ?? throw new InvalidDataException("The resource UnicodeComposition.txt is not in the engine's assembly.");
            using var reader = new StreamReader(resource, Encoding.UTF8);
            while (reader.ReadLine() is { } line)
            {
                var fields = line.Split(' ');
                if (fields[0] == "C")
                {
                    var parts = (Hex(fields[2]), fields.Length > 3 ? Hex(fields[3]) : 0);
                    tables.Decompositions.Add(Hex(fields[1]), parts);
                    if (fields.Length == 4)
                        tables.Compositions.Add(parts, Hex(fields[1]));
                }
                else if (fields[0] == "K")
                {
                    for (var c = Hex(fields[2]); c <= Hex(fields[3]); c++)
                        tables.Classes.Add(c, int.Parse(fields[1], CultureInfo.InvariantCulture));
                }
            }

            return tables;
        }

        private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
