using System.Globalization;

namespace ViCo.Text;

/// <summary>Places in a text that wrong decoding makes and people do not write.</summary>
/// <remarks>
/// UTF-8's second and later bytes are, in eight-bit encodings, mostly signs; its first bytes mostly capital or accented
/// letters. So garbled text puts signs inside words, capitals after small letters, and currency after â. Trade marks,
/// quotes, dashes and the like do follow letters.
/// </remarks>
internal static class MojibakeSigns
{
    private const char NoBreakSpace = '\u00A0';

    /// <summary>Signs that people put after a letter.</summary>
    private const string Natural = "’‘'-‐‑–—…”“™®©°ªº²³´`·§!\"";

    /// <summary>Of those, the ones that do not stand between two letters.</summary>
    private const string NotInWords = "™®©°ªº²³´·§”“";

    /// <summary>Signs that hardly ever follow a letter.</summary>
    private const string Strange = "¢£¤¥¦¨¬\u00AD¯±µ¶¸¹¼½¾¿¡«€‚ƒ„†‡ˆ‰‹›˜•";

    /// <summary>Letters of the rarer blocks that languages do use; the blocks' others are there by accident.</summary>
    private const string UsedRareLetters = "ƏƒơƠưƯșȘțȚǎǐǒǔǧǦƷʒəˆˇ˘˙˚˛˜˝ʼʻґҐәӘғҒқҚңҢүҮұҰһҺөӨ";

    /// <param name="from">First place that is looked at; what stands before it is context.</param>
    public static int Count(string text, int from = 0)
    {
        var count = 0;
        for (var i = from; i + 1 < text.Length; i++)
        {
            if (IsAt(text, i))
                count++;
        }

        return count;
    }

    /// <summary>
    /// Whether what came out of decoding is something people write: no private or unassigned characters, no letters that no language has.
    /// </summary>
    public static bool IsPlausible(string decoded)
    {
        for (var i = 0; i < decoded.Length; i++)
        {
            var category = CharUnicodeInfo.GetUnicodeCategory(decoded, i);
            if (category is UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
                return false;
            if (char.IsHighSurrogate(decoded[i]))
                i++;
            else if (decoded[i] is 'ſ' or (>= '\u0180' and <= '\u02FF') or (>= '\u0460' and <= '\u052F')
                && !UsedRareLetters.Contains(decoded[i], StringComparison.Ordinal))
                return false;
        }

        return true;
    }

    /// <summary>A character beyond ASCII that is neither letter nor mark.</summary>
    public static bool IsSymbol(char c) => c > 0x7F && (c is 'ª' or 'º' || !(IsLetter(c) || CharUnicodeInfo.GetUnicodeCategory(c)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark));

    private static bool IsAt(string text, int i)
    {
        var (a, b) = (text[i], text[i + 1]);
        if (a < 0x80 && b < 0x80)
            return false;
        var before = i > 0 ? text[i - 1] : ' ';
        var after = i + 2 < text.Length ? text[i + 2] : ' ';
        if (a is 'Ã' or 'Â')
            return IsAfterTilde(a, b, before, after);
        if (a == '×')                                               // Hebrew: every letter starts with it
            return b > 0x7F && after == '×';
        if (a > 0x7F && IsLetter(a) && IsAfterLetter(a, b, before, after))
            return true;
        if (IsSymbol(a) && IsStrange(b) && before > 0x7F && IsLetter(before))
            return true;
        // Line drawing in words (code page 437), and MacRoman's √ ƒ ≈ ‚ ◊, which lead its garble.
        if ((IsBox(a) && b > 0x7F && IsLetter(b)) || (IsBox(b) && a > 0x7F && IsLetter(a)))
            return true;
        if (a == '√')
            return b is '©' or '®'
                or '¢' || (IsLetter(before) && (b is '≤' or '≥' or '∂' or '∫' || (b is > '\u007F' and < '\u0250' && IsLetter(b))));
        return a is '≈' or 'ƒ' or '‚' or '◊' && b > 0x7F && IsLetter(b) && (IsLetter(before) || IsLetter(after));
    }

    /// <summary>Ã and Â lead the garble of Western letters and signs, and in real words stand before letters.</summary>
    private static bool IsAfterTilde(char a, char b, char before, char after)
    {
        if (b == NoBreakSpace)
            return !char.IsUpper(before) || char.IsLower(after);
        if (b is '’' or '”' or '…' or '“' or '‘' or '–' or '—')
            return IsLetter(after) && !(b is '’' or '‘' && after is 's' or 'S' or 't' or 'T');
        if (IsSymbol(b) || "ŒœŠšŽžŸµƒˆ".Contains(b, StringComparison.Ordinal))
            return true;
        return a == 'Ã' && b == ' ' && char.IsLower(before);        // à that lost its no-break space
    }

    private static bool IsAfterLetter(char a, char b, char before, char after)
    {
        var isUpper = char.IsUpper(a);
        if (b is >= '\u0080' and <= '\u009F')
            return true;
        if (IsStrange(b))
        {
            // Shouting people write É¿ and NESTLÉ£; in garble a word goes on after the sign.
            if (isUpper && b is '¿' or '¡' or '£' or '¬' or '€')
                return char.IsLower(after) || (after > 0x7F && char.IsUpper(after) && b is '¿' or '¡');
            return a != 'µ';
        }

        if (IsSymbol(b) && b != NoBreakSpace && IsLetter(after)
            && (!Natural.Contains(b, StringComparison.Ordinal) || NotInWords.Contains(b, StringComparison.Ordinal)))
            return true;
        if (isUpper && char.IsLower(before) && IsSymbol(b) && b is not ('’' or '”' or '…'))
            return true;
        if (isUpper && b > 0x7F && char.IsUpper(b) && char.IsLower(after))
            return true;
        if (char.IsLower(a) && char.IsUpper(b))
            return true;
        if (a is >= '\u0370' and < '\u0530' && b == '°')
            return true;
        return "âðïãäåæçèéêëìíîà".Contains(a, StringComparison.Ordinal)
            && "œšžŸŒŠŽ".Contains(b, StringComparison.Ordinal);
    }

    private static bool IsStrange(char c) => c is >= '\u0080' and <= '\u009F' || Strange.Contains(c, StringComparison.Ordinal);

    private static bool IsBox(char c) => c is >= '\u2500' and <= '\u259F';

    private static bool IsLetter(char c) => char.IsLetter(c);
}
