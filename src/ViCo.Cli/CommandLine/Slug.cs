using System.Text;

namespace ViCo.Cli.CommandLine;

/// <summary>Words as a file name: <c>"a photo of a * on the beach"</c> is <c>a-photo-of-a-x-on-the-beach</c>.</summary>
internal static class Slug
{
    public static string Of(string words)
    {
        var slug = new StringBuilder();
        foreach (var c in words.Replace("*", "x", StringComparison.Ordinal))
        {
            if (char.IsAsciiLetterOrDigit(c)) slug.Append(char.ToLowerInvariant(c));
            else if (slug is { Length: > 0 } && slug[^1] != '-') slug.Append('-');
            if (slug.Length >= 60) break;
        }

        return slug.ToString().Trim('-') is { Length: > 0 } text ? text : "picture";
    }
}
