using System.Text;

namespace ViCo.Text;

/// <summary>Mends UTF-8 that was read in an eight-bit encoding: <c>cafÃ©</c>, <c>РџСЂРёРІРµС‚</c>.</summary>
/// <remarks>
/// Two things must hold: the text, written back in that encoding, is UTF-8 throughout; and it has places that wrong decoding makes
/// and people do not write (<see cref="MojibakeSigns"/>), fewer afterwards or gone with characters that joined. Text of which only
/// parts are garbled is mended in those parts, where the signs are strong. Lost bytes (<c>?</c> or U+FFFD) become U+FFFD; a space
/// where a no-break space belongs counts as one.
/// </remarks>
internal static class Mojibake
{
    /// <summary>Each layer of wrong decoding takes one.</summary>
    private const int MaxLayers = 8;

    /// <summary>
    /// Two-byte characters that often end in 0xA0, which programs turn into a space: no-break space, à, Š, Π, Р, and an Arabic digit.
    /// </summary>
    private static ReadOnlySpan<byte> LeadsBeforeSpace => [0xC2, 0xC3, 0xC5, 0xCE, 0xD0, 0xD9];

    public static string Fix(string text)
    {
        for (var layer = 0; layer < MaxLayers && !Ascii.IsValid(text); layer++)
        {
            if ((Whole(text) ?? Parts(text)) is not { } better)
                break;
            text = better;
        }

        return text;
    }

    /// <summary>U+0080 to U+009F, which nobody means, read as Windows-1252; the five it leaves undefined stay.</summary>
    public static string FixC1Controls(string text) => !text.AsSpan().ContainsAnyInRange('\u0080', '\u009F') ? text
        : string.Create(text.Length, text, (output, from) =>
        {
            for (var i = 0; i < output.Length; i++)
                output[i] = from[i] is >= '\u0080' and <= '\u009F' ? EightBitEncoding.Windows1252.Character((byte)from[i]) : from[i];
        });

    private static string? Whole(string text)
    {
        var signs = MojibakeSigns.Count(text);
        if (signs == 0)
            return null;
        var bytes = new byte[text.Length];
        foreach (var encoding in EightBitEncoding.All)
        {
            if (!encoding.TryEncode(text, bytes))
                continue;
            foreach (var allowsSpace in encoding.AllowsSpaceForA0 ? [true, false] : new[] { false })
            {
                if (Decode(bytes, encoding.AllowsLostBytes, allowsSpace) is { } decoded && decoded != text
                    && MojibakeSigns.IsPlausible(decoded)
                    && (MojibakeSigns.Count(decoded) < signs || decoded.Length <= text.Length - signs))
                    return decoded;
            }
        }

        return null;
    }

    /// <summary>Null when the bytes are not UTF-8, give or take what the two switches allow.</summary>
    private static string? Decode(ReadOnlySpan<byte> bytes, bool allowsLost, bool allowsSpace)
    {
        var output = new StringBuilder(bytes.Length);
        for (var at = 0; at < bytes.Length;)
        {
            if (bytes[at] < 0x80)
            {
                output.Append(allowsLost && bytes[at] == EightBitEncoding.Lost ? '\uFFFD' : (char)bytes[at]);
                at++;
            }
            else if (bytes[at..] is [0xC0, 0x80, ..])               // Java's NUL
            {
                output.Append('\0');
                at += 2;
            }
            else if (!Sequence(bytes, ref at, allowsLost, allowsSpace, output))
            {
                return null;
            }
        }

        return WithoutLoneSurrogates(output.ToString());
    }

    private static bool Sequence(ReadOnlySpan<byte> bytes, ref int at, bool allowsLost, bool allowsSpace, StringBuilder output)
    {
        var lead = bytes[at];
        var length = Length(lead);
        if (length == 0)
            return false;
        Span<byte> sequence = stackalloc byte[4];
        sequence[0] = lead;
        var (count, next, isLost) = (1, at + 1, false);
        for (; count < length && next < bytes.Length; count++)
        {
            var b = bytes[next];
            if (b is >= 0x80 and <= 0xBF)
            {
                sequence[count] = b;
            }
            else if (allowsLost && (b == EightBitEncoding.Lost || (b == '?' && (length == 3 || lead is 0xC2 or 0xC3))))
            {
                isLost = true;
            }
            else if (allowsSpace && b == ' ' && IsSpacePlausible(lead, length, count))
            {
                sequence[count] = 0xA0;
                if (lead == 0xC3 && KeepsSpace(bytes[(next + 1)..]))
                {
                    count++;
                    break;                                          // à is a word of its own: the space after it stays
                }
            }
            else
            {
                break;
            }

            next++;
        }

        if (isLost)
            output.Append('\uFFFD');
        else if (count < length || !AppendCharacter(sequence[..length], output))
            return false;
        at = next;
        return true;
    }

    private static int Length(byte lead) => lead switch
    {
        >= 0xC2 and <= 0xDF => 2,
        >= 0xE0 and <= 0xEF => 3,
        >= 0xF0 and <= 0xF4 => 4,
        _ => 0,
    };

    private static bool IsSpacePlausible(byte lead, int length, int place) => length == 2
        ? LeadsBeforeSpace.Contains(lead)
        : lead is <= 0xE3 or 0xF0 || (lead == 0xED && place == 1);

    /// <summary>
    /// French and Portuguese: "à la" keeps it, "às", "àquele", "àquela", "àquilo" have none, and of two spaces one was the no-break
    /// space.
    /// </summary>
    private static bool KeepsSpace(ReadOnlySpan<byte> after) =>
        !(after.StartsWith(" "u8) || after.StartsWith("s "u8) || after.StartsWith("quele"u8) || after.StartsWith("quela"u8)
            || after.StartsWith("quilo"u8));

    /// <summary>Surrogates encoded one by one (CESU-8) are let through, as UTF-16 they join again.</summary>
    private static bool AppendCharacter(ReadOnlySpan<byte> sequence, StringBuilder output)
    {
        if (sequence is [0xED, >= 0xA0, ..])
        {
            output.Append((char)(((sequence[0] & 0xF) << 12) | ((sequence[1] & 0x3F) << 6) | (sequence[2] & 0x3F)));
            return true;
        }

        if (Rune.DecodeFromUtf8(sequence, out var rune, out var used) != System.Buffers.OperationStatus.Done || used != sequence.Length)
            return false;
        output.Append(rune.ToString());
        return true;
    }

    private static string? WithoutLoneSurrogates(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.IsSurrogate(text[i]))
                return null;
        }

        return text;
    }

    /// <summary>Mends garbled runs in text that is right elsewhere, as Windows-1252 and Latin-1 garble it.</summary>
    private static string? Parts(string text)
    {
        var output = new StringBuilder(text.Length);
        var isChanged = false;
        for (var at = 0; at < text.Length;)
        {
            var end = at;
            if (!IsWithinGarble(text, at) && Run(text, ref end) is { } decoded && IsCertain(text, at, end, decoded.Longest))
            {
                output.Append(decoded.Text);
                isChanged = true;
            }
            else
            {
                end = Math.Max(end, at + 1);
                output.Append(text, at, end - at);
            }

            at = end;
        }

        return isChanged ? output.ToString() : null;
    }

    /// <summary>A run that starts after what may itself be garbled would pick characters out of a larger mess.</summary>
    private static bool IsWithinGarble(string text, int at) => at > 0 && text[at - 1] is > '\u007F' and var before
        && ("ƒœšžŸŒŠŽ".Contains(before, StringComparison.Ordinal) || before is >= '\u0080' and <= '\u009F'
            || (MojibakeSigns.IsSymbol(before) && !"’“”–—…‘\u00A0«»".Contains(before, StringComparison.Ordinal)));

    /// <summary>
    /// The longest run of UTF-8 sequences from <paramref name="at"/>, which moves behind it; null when there is none that is plausible.
    /// </summary>
    private static (string Text, int Longest)? Run(string text, ref int at)
    {
        var output = new StringBuilder();
        var longest = 0;
        Span<byte> bytes = stackalloc byte[10];                     // a sequence, and what KeepsSpace looks at
        while (at < text.Length && Byte1252(text[at]) is { } lead && Length(lead) is > 1 and var length)
        {
            var count = 0;
            for (; count < bytes.Length && at + count < text.Length; count++)
            {
                var c = text[at + count];
                if ((Byte1252(c) ?? (c < 0x80 ? (byte)c : null)) is not { } b)
                    break;
                bytes[count] = b;
            }

            // Here à takes a space only where no other follows: otherwise it is a stray capital.
            var isDoubleSpace = length == 2 && bytes[..count] is [_, (byte)' ', (byte)' ', ..];
            var next = 0;
            if (!Sequence(bytes[..count], ref next, allowsLost: false, allowsSpace: !isDoubleSpace && (length > 2 || lead == 0xC3), output))
                break;
            at += next;
            longest = Math.Max(longest, length);
        }

        return longest > 0 && WithoutLoneSurrogates(output.ToString()) is { } decoded && MojibakeSigns.IsPlausible(decoded)
            ? (decoded, longest) : null;
    }

    /// <summary>Four bytes are no accident, three need a sign; of two only Ã and Â, or several in a row.</summary>
    private static bool IsCertain(string text, int start, int end, int longest)
    {
        if (longest == 4)
            return true;
        var before = start > 0 && text[start - 1] < 0x80 ? text[start - 1] : ' ';
        var context = $"{before}{text.AsSpan(start, end - start)}{(end < text.Length ? text[end] : ' ')}";
        var hasSign = MojibakeSigns.Count(context, 1) > 0;
        if (longest == 3)
            return hasSign;
        if (text[start] is 'Ã' or 'Â')
        {
            // å is also MacRoman's garble of something else; and Ã before a space is Portuguese unless there is other garble.
            return start + 1 < text.Length && text[start + 1] != '¥'
                && (hasSign || (text[start] == 'Ã' && text[start + 1] == ' '
                    && text.Remove(start, end - start).Contains('Ã', StringComparison.Ordinal)));
        }

        return hasSign && end - start > 3;
    }

    private static byte? Byte1252(char c) => c < 0x80 || c == '\uFFFD' ? null
        : c < 0x100 ? (byte)c
        : EightBitEncoding.Windows1252.TryByte(c, out var b) ? b : null;
}
