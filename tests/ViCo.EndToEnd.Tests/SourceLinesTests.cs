using System.Text;
using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>What <c>.editorconfig</c> says of lines but no compiler checks; and no file grows past what one reads in a sitting.</summary>
public sealed class SourceLinesTests
{
    private const int Columns = 140, Lines = 350;

    private static readonly (string Name, string[] Lines)[] Sources =
    [
        .. new[] { "src", "tests", "bench", "sdk" }
            .SelectMany(f => Directory.EnumerateFiles(Path.Combine(Programs.Repository, f), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(file => (Path.GetRelativePath(Programs.Repository, file), File.ReadAllLines(file))),
    ];

    [Fact]
    public void No_line_of_the_sources_is_longer_than_140_columns_or_bytes() =>
        Assert.Empty(Sources.SelectMany(s => LongLines(s.Lines).Select(n => $"{s.Name}:{n} is longer than {Columns} columns")));

    [Fact]
    public void No_file_has_more_than_350_lines() =>
        Assert.Empty(Sources.Where(s => s.Lines.Length > Lines).Select(s => $"{s.Name} has {s.Lines.Length} lines"));

    [Fact]
    public void A_longer_line_would_be_found()
    {
        var line = new string('x', Columns + 1);
        Assert.Equal([2, 4], LongLines(["x", line, line[..Columns], $"★{line[..(Columns - 2)]}", $"★{line[..(Columns - 3)]}"]));
    }

    /// <summary>Their numbers. Programs that count bytes of UTF-8 show them as long, too.</summary>
    private static IEnumerable<int> LongLines(string[] lines) =>
        Enumerable.Range(1, lines.Length).Where(n => Encoding.UTF8.GetByteCount(lines[n - 1]) > Columns);
}
