using System.Text.RegularExpressions;
using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>One name means one thing in the programs' sources, and says where it stands.</summary>
public sealed partial class SourceNamesTests
{
    private static readonly string[] Sources =
    [
        .. new[] { "src", "bench" }.SelectMany(folder => Directory.EnumerateFiles(
                Path.Combine(Programs.Repository, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)),
    ];

    [Fact]
    public void No_two_types_share_a_name()
    {
        var declared = Sources.SelectMany(file => Declaration().Matches(File.ReadAllText(file))
            .Select(m => (Name: $"{m.Groups[2].Value}{m.Groups[3].Value}",
                IsPart: m.Groups[1].Value.Contains("partial", StringComparison.Ordinal), File: file))).ToList();
        Assert.True(declared.Count > 500, $"{declared.Count} types were found.");
        Assert.Empty(declared.Where(d => !d.IsPart).GroupBy(d => d.Name).Where(group => group.Count() > 1).Select(group =>
            $"{group.Key}: {string.Join(", ", group.Select(d => Path.GetRelativePath(Programs.Repository, d.File)))}"));
    }

    [Fact]
    public void A_type_that_another_file_uses_stands_in_a_file_of_its_name()
    {
        var code = Sources.Select(file => (File: file, Name: Path.GetFileNameWithoutExtension(file),
            Text: Comment().Replace(File.ReadAllText(file), ""))).ToList();
        // The list of what may be JSON names types and uses none.
        var users = code.Where(c => !c.Text.Contains(": JsonSerializerContext", StringComparison.Ordinal)).ToList();
        Assert.Empty(
            from c in code
            from type in Declaration().Matches(c.Text).Select(m => m.Groups[2].Value)
            where c.Name != type && !c.Name.StartsWith($"{type}.", StringComparison.Ordinal)
            let word = new Regex($@"\b{type}\b")
            from user in users
            where user.File != c.File && word.IsMatch(user.Text)
            select $"{user.Name} uses {type}, which stands in {Path.GetRelativePath(Programs.Repository, c.File)}");
    }

    /// <summary>A type at the top level: its modifiers, its name, and of a generic one its parameters.</summary>
    [GeneratedRegex(
        @"^((?:public |internal |sealed |static |abstract |partial |readonly |ref |unsafe )*)"
        + @"(?:class|record struct|record|struct|interface|enum) (\w+)(<[\w, ]+>)?",
        RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex("//.*")]
    private static partial Regex Comment();
}
