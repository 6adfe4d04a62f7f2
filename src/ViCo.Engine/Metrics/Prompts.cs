using System.Text.RegularExpressions;

namespace ViCo.Engine.Metrics;

/// <summary>Prompts without their placeholder, for models that never learned it.</summary>
public static partial class Prompts
{
    /// <summary>
    /// "a photo of a S* in the snow" and "teapot" → "a photo of a teapot in the snow". An empty word strips the placeholder.
    /// </summary>
    public static string WithClassWord(string prompt, string classWord) =>
        Spaces.Replace(Placeholder.Replace(prompt, classWord), " ").Trim();

    [GeneratedRegex(@"(?<![\p{L}\p{N}])S\*|\*|<[^<>\s]+>")]
    private static partial Regex Placeholder { get; }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces { get; }
}
