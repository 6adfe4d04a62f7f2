namespace ViCo.Options;

/// <summary>What somebody who mistyped a name may have meant.</summary>
public static class NearestName
{
    /// <summary>
    /// The one of <paramref name="names"/> that differs in at most a third of the letters, the nearest first; null: none is near enough.
    /// </summary>
    public static string? Of(string name, IEnumerable<string> names) =>
        names.Where(other => Distance(other, name) <= Math.Max(1, name.Length / 3)).MinBy(other => Distance(other, name));

    /// <summary>How many letters differ, whatever their case; two that changed places count once: optimal string alignment.</summary>
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1][];
        for (var i = 0; i <= a.Length; i++)
        {
            rows[i] = new int[b.Length + 1];
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i][j] = i + j;
                    continue;
                }
                var changed = rows[i - 1][j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1);
                rows[i][j] = Math.Min(Math.Min(rows[i - 1][j], rows[i][j - 1]) + 1, changed);
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                    rows[i][j] = Math.Min(rows[i][j], rows[i - 2][j - 2] + 1);
            }
        }
        return rows[^1][^1];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
