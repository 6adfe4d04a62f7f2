using System.Text.RegularExpressions;
using System.Xml.Linq;
using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>
/// What a Dockerfile publishes is among the files that it copies: a project that is added elsewhere breaks no image unseen.
/// </summary>
public sealed partial class ContainerFilesTests
{
    /// <summary>At the root, for every project.</summary>
    private static readonly string[] ForAll =
        ["global.json", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "BannedSymbols.txt",
            ".editorconfig"];

    private static readonly string[] Names =
        [.. new DirectoryInfo(Path.Combine(Programs.Repository, "infra", "docker")).GetFiles("*.Dockerfile").Select(file => file.Name)];

    public static TheoryData<string> Dockerfiles => new(Names);

    [Theory]
    [MemberData(nameof(Dockerfiles))]
    public void An_image_copies_every_project_that_it_publishes(string name)
    {
        var lines = File.ReadAllLines(Path.Combine(Programs.Repository, "infra", "docker", name));
        var published = lines.Select(line => Publish().Match(line)).Single(m => m.Success).Groups[1].Value;
        string[] copied = [.. lines.Select(line => Copy().Match(line)).Where(m => m.Success).SelectMany(m => m.Groups[1].Value.Split(' '))
            .Where(from => from.Length > 0)];
        var ignored = File.ReadAllLines(Path.Combine(Programs.Repository, ".dockerignore")).Where(line => line.Length > 0).ToList();

        var projects = Closure(Path.Combine(Programs.Repository, published, $"{Path.GetFileName(published)}.csproj"))
            .Order(StringComparer.Ordinal).ToList();
        Assert.True(projects.Count > 3, $"{published} has {projects.Count} projects.");
        var needed = projects.SelectMany(project => new[] { project, Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json") })
            .Select(file => Path.GetRelativePath(Programs.Repository, file).Replace('\\', '/')).Concat(ForAll).ToList();

        Assert.All(needed, file => Assert.True(File.Exists(Path.Combine(Programs.Repository, file)), $"{file} is not there."));
        Assert.DoesNotContain(needed, file => !Array.Exists(copied, from => Holds(from, file))
            || ignored.Exists(from => Holds(from, file)));
        Assert.Contains($"ENTRYPOINT [\"./{Path.GetFileName(published)}\"]", lines);
    }

    [Fact]
    public void Every_image_of_the_composition_has_its_Dockerfile()
    {
        var named = Dockerfile().Matches(File.ReadAllText(Path.Combine(Programs.Repository, "docker-compose.yml")))
            .Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(
            Names.Select(name => $"infra/docker/{name}").Order(StringComparer.Ordinal), named.Distinct().Order(StringComparer.Ordinal));
    }

    private static HashSet<string> Closure(string project)
    {
        var (all, open) = (new HashSet<string>([project]), new Stack<string>([project]));
        while (open.TryPop(out var next))
        {
            foreach (var reference in XDocument.Load(next).Descendants("ProjectReference").Select(r => r.Attribute("Include")!.Value))
            {
                var path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(next)!, reference));
                if (all.Add(path)) open.Push(path);
            }
        }

        return all;
    }

    /// <summary>Whether a folder, file or pattern of the root names a file.</summary>
    private static bool Holds(string from, string file) =>
        file.StartsWith($"{from}/", StringComparison.Ordinal)
            || Regex.IsMatch(file, $"^{Regex.Escape(from).Replace(@"\*", "[^/]*", StringComparison.Ordinal)}$");

    [GeneratedRegex(@"^RUN dotnet publish (\S+)")]
    private static partial Regex Publish();

    /// <summary>From the context, not from another stage: the last word is where to.</summary>
    [GeneratedRegex(@"^COPY (?!--)((?:\S+ )+)\S+$")]
    private static partial Regex Copy();

    [GeneratedRegex(@"dockerfile: ([\w./\-]+)")]
    private static partial Regex Dockerfile();
}
