using ViCo.Cli.CommandLine;

namespace ViCo.Cli;

/// <summary>Where this copy of ViCo lies: the repository, its base models and samples.</summary>
internal static class Installation
{
    /// <summary>The folder that holds <c>models/</c> and <c>samples/</c>: named by the launcher, else found above the program.</summary>
    public static string Root { get; } = Environment.GetEnvironmentVariable("VICO_ROOT") ?? FindAbove(AppContext.BaseDirectory);

    /// <summary>The photos that demo and benchmarks learn from.</summary>
    public static string SamplePhotos => Path.Combine(Root, "samples", "teapot", "photos");

    /// <summary>The base model's folder or single checkpoint file: a path, or a name under <c>models/</c>.</summary>
    /// <exception cref="UsageException">Neither is there.</exception>
    public static string BaseModel(string? nameOrPath)
    {
        var wanted = nameOrPath ?? "toybox";
        if (File.Exists(wanted) && Path.GetExtension(wanted) is ".safetensors" or ".ckpt" or ".pt"
            or ".pth") return Path.GetFullPath(wanted);
        foreach (var folder in new[] { Path.GetFullPath(wanted), Path.Combine(Root, "models", wanted) })
        {
            if (File.Exists(Path.Combine(folder, "model_index.json"))) return folder;
        }

        // A hub cache keeps each version in a folder of its own.
        if (Directory.Exists(Path.Combine(wanted, "snapshots")) && Directory.EnumerateDirectories(Path.Combine(wanted, "snapshots"))
            .FirstOrDefault() is { } version)
            throw new UsageException($"'{wanted}' is a hub cache, not a base model; its newest version is '{version}'.");
        throw new UsageException(
            $"Base model '{wanted}' is neither a diffusers folder (one with model_index.json) nor a checkpoint file nor one of "
                + $"{Path.Combine(Root, "models")}; "
            + "vico models pull fetches one.");
    }

    /// <summary>
    /// Where <c>vico up</c> keeps everything unless told otherwise: <c>$XDG_DATA_HOME/vico</c> or <c>~/.local/share/vico</c>.
    /// </summary>
    public static string DefaultData =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            "vico");

    private static string FindAbove(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "ViCo.sln"))) return at.FullName;
        }

        return folder;
    }
}
