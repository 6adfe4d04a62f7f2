namespace ViCo.EndToEnd.Tests.Processes;

/// <summary>Where the built programs and the repository's files lie, seen from the test program.</summary>
internal static class Programs
{
    private static readonly DirectoryInfo Here = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    /// <summary><c>artifacts/bin/{project}/{configuration}/{program}</c> beside this test's own folder.</summary>
    public static string Vico => Built("ViCo.Cli", "vico");

    public static string Silo => Built("ViCo.Silo", "ViCo.Silo");

    public static string Gateway => Built("ViCo.Gateway", "ViCo.Gateway");

    public static string Repository => ViCo.Tests.Repository.Root;

    public static string Toybox => Path.Combine(Repository, "models", "toybox");

    public static string TeapotPhotos => Path.Combine(Repository, "samples", "teapot", "photos");

    public static string BackpackPhotos => Path.Combine(Repository, "samples", "backpack", "photos");

    private static string Built(string project, string program)
    {
        var file = Path.Combine(Here.Parent!.Parent!.FullName, project, Here.Name, program);
        return File.Exists(file) ? file : throw new FileNotFoundException($"{file} is not built.");
    }
}
