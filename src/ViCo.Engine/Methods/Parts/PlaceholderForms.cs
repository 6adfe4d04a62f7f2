using System.Globalization;
using System.Text.RegularExpressions;
using ViCo.Text;

namespace ViCo.Engine.Methods.Parts;

/// <summary>
/// How prompts name the objects of a concept: <c>*</c>, <c>S*</c> or any <c>&lt;name&gt;</c> where there is one; <c>&lt;k&gt;</c> or
/// <c>Sk*</c>, k from 1, where there are several.
/// </summary>
public static partial class PlaceholderForms
{
    /// <summary>The forms that a prompt may hold, and the object that each means, from 0.</summary>
    public static IReadOnlyDictionary<string, int> In(string prompt, int objects)
    {
        var forms = new Dictionary<string, int>(StringComparer.Ordinal);
        if (objects == 1)
        {
            foreach (var form in Name.Matches(prompt).Select(m => m.Value).Concat(["*", "S*"])) forms[form] = 0;
        }
        else
        {
            for (var k = 0; k < objects; k++) forms[Of(k, objects)] = forms[Word(k, objects)] = k;
        }
        return forms;
    }

    /// <summary>The form in which our own prompts name an object.</summary>
    public static string Of(int index, int objects) => objects == 1 ? "*" : string.Create(CultureInfo.InvariantCulture, $"<{index + 1}>");

    /// <summary>The name of an object's embedding: <c>S*</c>, or <c>S1*</c>, <c>S2*</c> and so on.</summary>
    public static string Word(int index, int objects) =>
        objects == 1 ? "S*" : string.Create(CultureInfo.InvariantCulture, $"S{index + 1}*");

    /// <summary>Name in our file of S★, [vectors, text width], where there is one object.</summary>
    public const string EmbeddingKey = "embedding.*";

    /// <summary>Name in our file of an object's S★ [1, text width]: <c>embedding.S1*</c> and so on where there are several.</summary>
    /// <param name="index">From 0.</param>
    public static string KeyOf(int index, int objects) => objects == 1 ? EmbeddingKey : $"embedding.{Word(index, objects)}";

    /// <summary>
    /// A sentence for each object that a prompt should name and does not: any where it names none, else those that references show.
    /// </summary>
    /// <param name="initWords">Of all objects, in order.</param>
    /// <param name="references">Which object each reference shows, from 0.</param>
    internal static IEnumerable<string> Unnamed(TokenizedPrompt prompt, IReadOnlyList<string> initWords, IReadOnlyList<int> references)
    {
        if (initWords.Count == 1)
            return prompt.Placeholders.Count > 0 ? []
                : ["The prompt holds no placeholder (*): the concept cannot appear through its word."];
        return Enumerable.Range(0, initWords.Count)
            .Where(k => prompt.Placeholders.All(p => p.Index != k) && (prompt.Placeholders.Count == 0 || references.Contains(k)))
            .Select(k =>
                $"The prompt does not name object {k + 1} ({initWords[k]}): write {Of(k, initWords.Count)} or "
                + $"{Word(k, initWords.Count)} where it goes.");
    }

    /// <summary>A sentence for each object that a prompt names and no reference shows.</summary>
    /// <inheritdoc cref="Unnamed"/>
    internal static IEnumerable<string> Unshown(TokenizedPrompt prompt, IReadOnlyList<string> initWords, IReadOnlyList<int> references) =>
        prompt.Placeholders.Select(p => p.Index).Distinct().Where(k => !references.Contains(k))
            .Select(k => $"No reference photo shows object {k + 1} ({initWords[k]}): only {Word(k, initWords.Count)} shapes it.");

    [GeneratedRegex(@"<[\p{L}\p{N}][\p{L}\p{N}_\-]*>")]
    private static partial Regex Name { get; }
}
