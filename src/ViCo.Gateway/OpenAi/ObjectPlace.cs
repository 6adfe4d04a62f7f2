using System.Text.RegularExpressions;

namespace ViCo.Gateway.OpenAi;

/// <summary>Puts a concept's objects into prompts whose writers know no placeholder.</summary>
internal static partial class ObjectPlace
{
    /// <summary>
    /// The prompt with every object in it: one that is named already stays; else its init word gives up its place, else the concept's
    /// name, else "a photo of it" is said first.
    /// </summary>
    public static string In(string prompt, IReadOnlyList<string> initWords, string name)
    {
        if (initWords.Count == 1)
        {
            return prompt.Contains('*', StringComparison.Ordinal) || Named.IsMatch(prompt) ? prompt
                : Replace(prompt, initWords[0], "*") ?? Replace(prompt, name, "*") ?? $"a photo of a *, {prompt}";
        }
        var placed = false;
        for (var k = 1; k <= initWords.Count; k++)
        {
            if (prompt.Contains($"<{k}>", StringComparison.Ordinal) || prompt.Contains($"S{k}*", StringComparison.Ordinal))
            {
                placed = true;
            }
            else if (Replace(prompt, initWords[k - 1], $"<{k}>") is { } with)
            {
                (prompt, placed) = (with, true);
            }
        }
        if (placed) return prompt;
        var all = string.Join(" and ", Enumerable.Range(1, initWords.Count).Select(k => $"<{k}>"));
        return Replace(prompt, name, all) ?? $"a photo of {all}, {prompt}";
    }

    /// <summary>The prompt with the first whole word, or words, replaced, whatever their case; null: they are not there.</summary>
    private static string? Replace(string prompt, string words, string with)
    {
        var whole = new Regex($@"(?<![\p{{L}}\p{{N}}]){Regex.Escape(words)}(?![\p{{L}}\p{{N}}])",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
        return whole.IsMatch(prompt) ? whole.Replace(prompt, with.Replace("$", "$$", StringComparison.Ordinal), 1) : null;
    }

    /// <summary>As embeddings of other programs are named: the engine reads any such word as the one object.</summary>
    [GeneratedRegex(@"<[\p{L}\p{N}][\p{L}\p{N}_\-]*>")]
    private static partial Regex Named { get; }
}
