using System.Text.RegularExpressions;
using ViCo.Text;

namespace ViCo.Engine.Generation;

/// <summary>
/// What a user would want to know about a text before looking at the picture: what of it was not read, or not as other programs read it.
/// </summary>
internal static partial class PromptAdvice
{
    /// <param name="what"><c>prompt</c> or <c>negative prompt</c>.</param>
    public static IEnumerable<string> On(string what, string text, TokenizedPrompt tokens)
    {
        if (tokens.DroppedTokens > 0)
            yield return $"The {what} is {tokens.DroppedTokens} tokens too long; its end was cut off.";
        if (Weights.Match(text) is { Success: true } weight)
            yield return $"The {what} holds '{weight.Value}': weights in brackets are other programs' syntax, and are read as plain "
                + $"text here.";
    }

    /// <summary><c>(word:1.5)</c>, <c>[word:0.5]</c>, <c>((word))</c> and <c>&lt;lora:name:1&gt;</c>.</summary>
    [GeneratedRegex(@"[(\[][^()\[\]:]*[^()\[\]:\d\s]\s*:\s*\d*\.?\d+\s*[)\]]|\(\([^()]+\)\)|\[\[[^\[\]]+\]\]|<\w+:[^<>]+>")]
    private static partial Regex Weights { get; }
}
