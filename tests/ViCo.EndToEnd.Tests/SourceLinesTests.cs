using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>What <c>.editorconfig</c> says of lines but no compiler checks.</summary>
public sealed class SourceLinesTests
{
    private const int Columns = 140;

    [Fact]
    public void No_line_of_the_sources_is_longer_than_140_columns()
    {
        var sources = new[] { "src", "tests", "bench", "sdk" }
            .SelectMany(f => Directory.EnumerateFiles(Path.Combine(Programs.Repository, f), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));
        Assert.Empty(sources.SelectMany(file => LongLines(File.ReadAllLines(file)).Select(
            n => $"{Path.GetRelativePath(Programs.Repository, file)}:{n} is longer than {Columns} columns")));
    }

    [Fact]
    public void A_longer_line_would_be_found_but_not_inside_a_raw_string()
    {
        var line = new string('x', Columns + 1);
        Assert.Equal([2], LongLines(["x", line]));
        Assert.Empty(LongLines(["var s = \"\"\"", line, "\"\"\";", line[..Columns]]));
    }

    /// <summary>Their numbers. Raw string literals are data, and stay as they are.</summary>
    private static IEnumerable<int> LongLines(string[] lines)
    {
        var isRaw = false;
        for (var i = 0; i < lines.Length; i++)
        {
            var quotes = lines[i].Split("\"\"\"").Length - 1;
            if (lines[i].Length > Columns && !isRaw && quotes == 0) yield return i + 1;
            if (quotes % 2 == 1) isRaw = !isRaw;
        }
    }
}
