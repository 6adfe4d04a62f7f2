namespace ViCo.Tests;

/// <summary>Where this clone keeps its files.</summary>
internal static class Repository
{
    /// <summary>The folder of <c>ViCo.sln</c>, found upwards from the test's own binaries.</summary>
    public static string Root { get; } = FindRoot();

    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    /// <summary>A program of the distribution or of <c>tests/node</c>, or null.</summary>
    public static string? OnPath(string name)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Append(PathOf("artifacts", "node", "node_modules", ".bin"));
        return folders.Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ViCo.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' holds ViCo.sln.");
    }
}
