using System.Text.RegularExpressions;
using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>Where a page says that something stands, there it stands.</summary>
public sealed partial class DocumentedFilesTests
{
    private static readonly string[] Pages =
    [
        Path.Combine(Programs.Repository, "README.md"),
        .. new[] { "docs", "src", "sdk" }.SelectMany(folder => Directory.EnumerateFiles(
            Path.Combine(Programs.Repository, folder), "*.md", SearchOption.AllDirectories)),
    ];

    private static readonly HashSet<string> Sources =
    [
        .. new[] { "src", "tests", "bench", "docs", "sdk" }.SelectMany(folder => Directory.EnumerateFiles(
                Path.Combine(Programs.Repository, folder), "*.cs", SearchOption.AllDirectories))
            .Select(file => $"/{Path.GetRelativePath(Programs.Repository, file).Replace('\\', '/')}"),
    ];

    [Fact]
    public void Every_source_file_and_test_that_a_page_names_is_there()
    {
        var named = Pages.SelectMany(page => Name().Matches(File.ReadAllText(page))
            .Select(m => (Page: Path.GetRelativePath(Programs.Repository, page), File: m.Groups[2].Success ? $"{m.Groups[2].Value}.cs"
                : m.Groups[1].Value))).ToList();
        Assert.True(named.Count > 10, $"{named.Count} names were found.");
        Assert.Empty(named.Where(n => !Sources.Any(file => file.EndsWith($"/{n.File}", StringComparison.Ordinal)))
            .Select(n => $"{n.Page} names {n.File}, which is not there"));
    }

    [Fact]
    public void Every_method_of_a_test_that_a_page_names_is_there()
    {
        var named = Pages.SelectMany(page => Method().Matches(File.ReadAllText(page))
            .Select(m => (Page: Path.GetRelativePath(Programs.Repository, page), Class: m.Groups[1].Value, Begins: m.Groups[2].Value)))
            .ToList();
        Assert.True(named.Count > 10, $"{named.Count} names were found.");
        Assert.Empty(named.Where(n => !Sources.Any(file => file.EndsWith($"/{n.Class}.cs", StringComparison.Ordinal)
                && File.ReadAllText(Path.Combine(Programs.Repository, file[1..])).Contains($" {n.Begins}", StringComparison.Ordinal)))
            .Select(n => $"{n.Page} names {n.Class}.{n.Begins}, which is not there"));
    }

    /// <summary>A source file with or without its folders, or a class of tests.</summary>
    [GeneratedRegex(@"`(?:([\w./-]+\.cs)|(\w+Tests))`")]
    private static partial Regex Name();

    /// <summary>A class of tests and one of its methods, or how it begins.</summary>
    [GeneratedRegex(@"`(\w+Tests)\.(?!cs`)(\w+)…?`")]
    private static partial Regex Method();
}
