using System.Globalization;
using System.Text;

namespace ViCo.Options;

/// <summary>Text that is the same wherever it ends: in lists, logs, file names, headers and pictures.</summary>
/// <remarks>Joiners and direction marks, which living scripts need, are part of it.</remarks>
public static class ReadableText
{
    // Letters by their category, and nothing to see.
    private static readonly int[] _blank = [0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0];

    /// <summary>What is wrong with a text, which may have several lines; null: nothing.</summary>
    public static string? FaultOf(string text) => FaultOf(text, lines: true);

    /// <summary>What is wrong with a name, which has one line and something to see; null: nothing.</summary>
    public static string? FaultOfName(string name) =>
        FaultOf(name, lines: false) ?? (name.Length > 0 && !HasSomethingToSee(name) ? "has nothing to see; wanted: a sign or two" : null);

    /// <summary>The text without what <see cref="FaultOfName"/> would not have; empty where nothing of it is to be seen.</summary>
    public static string Cleaned(string name)
    {
        var kept = string.Concat(name.EnumerateRunes().Where(rune => rune != Rune.ReplacementChar && Fault(rune, lines: false) is null));
        return HasSomethingToSee(kept) ? kept : "";
    }

    private static string? FaultOf(string text, bool lines)
    {
        for (var at = 0; at < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length) != System.Buffers.OperationStatus.Done)
                return $"holds half a sign, U+{(int)text[at]:X4} alone; wanted: whole ones";
            if (Fault(rune, lines) is { } fault) return $"holds U+{rune.Value:X4}, {fault}; wanted: text without it";
            at += length;
        }
        return null;
    }

    private static string? Fault(Rune rune, bool lines) => rune.Value switch
    {
        '\n' or '\r' or '\t' when lines => null,
        >= 0x202A and <= 0x202E or >= 0x2066 and <= 0x2069 => "which turns the direction of what follows",
        0x2028 or 0x2029 when !lines => "which begins a line",
        _ when Rune.IsControl(rune) => "a control character",
        _ => null,
    };

    private static bool HasSomethingToSee(string text) => text.EnumerateRunes().Any(rune => !_blank.Contains(rune.Value)
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.SpaceSeparator
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned));
}
