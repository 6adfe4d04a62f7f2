namespace ViCo.Options;

/// <summary>What somebody who mistyped a name may have meant.</summary>
public static class NearestName
{
    /// <summary>
    /// The one of <paramref name="names"/> that differs in at most a third of the letters, the nearest first; null: none is near enough.
    /// </summary>
    public static string? Of(string name, IEnumerable<string> names) =>
        names.Where(other => Distance(other, name) <= Math.Max(1, name.Length / 3)).MinBy(other => Distance(other, name));

    /// <summary>How many letters differ, whatever their case: Levenshtein's distance.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var (diagonal, _) = (row[0], row[0] = i);
            for (var j = 1; j <= b.Length; j++)
            {
                var same = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]);
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (same ? 0 : 1)));
            }
        }
        return row[^1];
    }
}
