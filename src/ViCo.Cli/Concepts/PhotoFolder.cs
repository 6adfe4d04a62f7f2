using ViCo.Cli.CommandLine;
using ViCo.Engine;

namespace ViCo.Cli.Concepts;

/// <summary>The photos of one object in a folder, in the order of their names.</summary>
internal static class PhotoFolder
{
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".webp"];

    /// <exception cref="UsageException">No folder, no photos, or too many.</exception>
    public static IReadOnlyList<PhotoFile> Read(string folder)
    {
        if (!Directory.Exists(folder))
            throw new UsageException($"There is no folder '{folder}'. Give the folder that holds the photos (4 to 7 work best).");
        var files = Directory.EnumerateFiles(folder)
            .Where(f => Extensions.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal)
            .ToList();
        return files.Count switch
        {
            0 => throw new UsageException($"Folder '{folder}' holds no photo ({string.Join(", ", Extensions)})."),
            > 30 => throw new UsageException($"Folder '{folder}' holds {files.Count} photos; 1 to 30 are wanted, and 4 to 7 work best."),
            _ => [.. files.Select(f => new PhotoFile(Path.GetFileName(f), File.ReadAllBytes(f)))],
        };
    }

    /// <summary>The name of the object: the folder's own, or its parent's where the folder is just called <c>photos</c>.</summary>
    public static string NameOf(string folder)
    {
        var path = new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return path.Name.Equals("photos", StringComparison.OrdinalIgnoreCase) && path.Parent is { } parent ? parent.Name : path.Name;
    }
}
