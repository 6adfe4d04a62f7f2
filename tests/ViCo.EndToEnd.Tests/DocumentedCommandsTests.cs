using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using ViCo.EndToEnd.Tests.Processes;
using static ViCo.EndToEnd.Tests.Processes.CommandLine;

namespace ViCo.EndToEnd.Tests;

/// <summary>What pages and help tell readers to type is taken by the program, and what pages point at is there.</summary>
public sealed partial class DocumentedCommandsTests
{
    private static readonly string[] Pages =
    [
        .. Directory.EnumerateFiles(Programs.Repository, "*.md")
            .Concat(new[] { "docs", "bench", "src", "sdk", "models" }.SelectMany(folder => Directory.EnumerateFiles(
                Path.Combine(Programs.Repository, folder), "*.md", SearchOption.AllDirectories)))
            .Where(page => !page.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)),
    ];

    [Fact]
    public async Task Every_command_of_a_page_and_of_the_help_is_one_that_vico_takes()
    {
        var lines = Pages.SelectMany(CommandsOf).Concat(await ExamplesAsync()).SelectMany(Plain).Distinct().ToList();
        Assert.InRange(lines.Count, 100, 400);

        var refused = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(lines, TestContext.Current.CancellationToken, async (line, _) =>
        {
            var (code, output) = await ParseAsync(line);
            if (code != 0) refused.Add($"{line}\n{output}");
        });

        Assert.True(refused.IsEmpty, string.Join('\n', refused));
    }

    [Theory]
    [InlineData("train --photos samples/teapot/photos --init-word teapot --out out/teapot --stepz 3")]
    [InlineData("sample --concept out/teapot")]
    [InlineData("paint")]
    public async Task A_line_that_vico_does_not_take_would_be_found(string line) =>
        Assert.NotEqual(0, (await ParseAsync($"vico {line}")).Code);

    [Fact]
    public void What_a_page_points_at_is_there()
    {
        var files = Directory.EnumerateFiles(Programs.Repository, "*",
            new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(file => $"/{Path.GetRelativePath(Programs.Repository, file).Replace('\\', '/')}")
            .Where(file => !Built().IsMatch(file)).ToList();
        var missing =
            from page in Pages
            let text = File.ReadAllText(page)
            from target in Link().Matches(text).Select(m => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, m.Groups[1].Value)))
                .Where(path => !Path.Exists(path))
                .Concat(SourcePath().Matches(text).Select(m => m.Groups[1].Value)
                    .Where(path => !files.Exists(f => f.EndsWith($"/{path}", StringComparison.Ordinal))))
                .Concat(Project().Matches(text).Select(m => m.Groups[1].Value)
                    .Where(path => !Path.Exists(Path.Combine(Programs.Repository, path))))
            select $"{Path.GetRelativePath(Programs.Repository, page)}: {target}";
        Assert.Empty(missing);
    }

    /// <summary>Lines of code blocks, and inline code, that start the program.</summary>
    private static IEnumerable<string> CommandsOf(string page)
    {
        var isBlock = false;
        foreach (var line in File.ReadLines(page))
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) isBlock = !isBlock;
            else if (isBlock && Program().Match(line) is { Success: true } block) yield return block.Groups[1].Value;
            else if (!isBlock)
            {
                foreach (Match code in InlineCode().Matches(line))
                {
                    if (Program().Match(code.Groups[1].Value) is { Success: true } command) yield return command.Groups[1].Value;
                }
            }
        }
    }

    /// <summary>The examples of every verb's help.</summary>
    private static async Task<IEnumerable<string>> ExamplesAsync()
    {
        string[] verbs = ["up", "demo", "train", "sample", "inspect", "eval", "models pull", "models convert", "models verify",
            "concepts convert", "bench", "doctor", "test", "models list", "login", "logout", "concepts list", "concepts show",
            "concepts create", "concepts delete", "photos list", "photos add", "photos get", "photos delete", "runs list", "runs show",
            "runs create", "runs get", "runs delete", "jobs list", "jobs show", "jobs watch", "jobs cancel", "jobs delete", "images list",
            "images create", "images get", "images delete", "usage", "admin verify", "admin repair", "admin gc", "admin backup",
            "admin restore", "keys list", "keys create", "keys rotate", "keys revoke", "tenants list", "tenants create",
            "tenants suspend", "tenants resume", "runs watch", "jobs retry", "silos list", "silos show", "silos cordon", "silos drain",
            "silos uncordon", "silos remove"];
        var helps = await Task.WhenAll(verbs.Select(verb => RunAsync([.. verb.Split(' '), "--help"])));
        return helps.SelectMany(help => help.Output.Split('\n').SkipWhile(line => line.TrimEnd() != "Examples:"))
            .Where(line => line.StartsWith("  vico ", StringComparison.Ordinal))
            .Select(line => line.Trim());
    }

    /// <summary>
    /// Without a comment and the marks of what may be left out; two lines for <c>a|b</c>; help for a verb that is only named.
    /// </summary>
    private static IEnumerable<string> Plain(string line)
    {
        var plain = Comment().Replace(line, "").Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal)
            .Trim();
        var choice = Choice().Match(plain);
        foreach (var one in choice.Success
            ? choice.Value.Split('|').Select(word => plain.Replace(choice.Value, word, StringComparison.Ordinal)) : [plain])
            yield return one.Contains(" --", StringComparison.Ordinal) ? one : $"{one} --help";
    }

    /// <summary>Reads a line as the program would, without running it: the directive <c>[diagram]</c> prints how it was read.</summary>
    private static async Task<(int Code, string Output)> ParseAsync(string line)
    {
        var directive = line.EndsWith(" --help", StringComparison.Ordinal) ? "" : "'[diagram]' ";
        await using var shell = Child.Start(
            "bash", ["-c", $"\"$0\" {directive}{line["vico ".Length..]}", Programs.Vico], [("VICO_ROOT", Programs.Repository)]);
        return (await shell.WaitForExitAsync(TimeSpan.FromMinutes(2)), shell.Output);
    }

    [GeneratedRegex(@"^\s*(?:\w+ (?:--\S+ )+)?(?:\./)?(vico [a-z].*)$")]
    private static partial Regex Program();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"\s{2,}#.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"(?<= )\w+\|\w+")]
    private static partial Regex Choice();

    [GeneratedRegex(@"\]\(([^)#:\s]+)\)")]
    private static partial Regex Link();

    /// <summary>Inline code that is a file with a folder before it.</summary>
    [GeneratedRegex(@"`([\w.\-]+(?:/[\w.\-]+)+\.(?:cs|csproj|props|targets|sh|md|json|yml|txt|js|css))`")]
    private static partial Regex SourcePath();

    [GeneratedRegex(@"dotnet run (?:-c Release )?(?:--project )?([\w./\-]+)")]
    private static partial Regex Project();

    [GeneratedRegex("^/(artifacts|out|[.]git|tests/node/node_modules)/|/(bin|obj)/")]
    private static partial Regex Built();
}
