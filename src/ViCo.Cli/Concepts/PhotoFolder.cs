using ViCo.Cli.CommandLine;
using ViCo.Engine;

namespace ViCo.Cli.Concepts;

/// <summary>The photos of one object in a folder, in the order of their names.</summary>
internal static class PhotoFolder
{
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".webp"];

    /// <summary>Photos that cannot be read here, by what they are called.</summary>
    private static readonly (string Kind, string[] Extensions)[] Unread =
    [
        ("HEIC", [".heic", ".heif"]), ("AVIF", [".avif"]), ("JPEG XL", [".jxl"]), ("BMP", [".bmp"]), ("TIFF", [".tif", ".tiff"]),
        ("GIF", [".gif"]),
        ("raw", [".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf"]),
    ];

    /// <summary>Photos, each with its caption where a file of its name in <c>.txt</c> lies beside it.</summary>
    /// <param name="leftOut">Told of photos in the folder that are of no kind that is read here.</param>
    /// <exception cref="UsageException">No folder, no photos, or too many.</exception>
    /// <param name="most">How many there may be.</param>
    public static IReadOnlyList<PhotoFile> Read(string folder, Action<string>? leftOut = null, int most = 30)
    {
        if (!Directory.Exists(folder))
            throw new UsageException($"There is no folder '{folder}'. Give the folder that holds the photos (4 to 7 work best).");
        // Names with a dot in front are the system's own: .DS_Store, and ._1.png beside 1.png where a Mac has been.
        var all = Directory.EnumerateFiles(folder).Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal).ToList();
        var files = all.Where(f => Has(f, Extensions) || IsKnownByContent(f)).ToList();
        var others = all.Except(files).GroupBy(f => Array.Find(Unread, u => Has(f, u.Extensions)).Kind).Where(g => g.Key is not null)
            .ToList();
        if (others.Count > 0)
        {
            var count = others.Sum(g => g.Count());
            leftOut?.Invoke($"{count} {(count == 1 ? "file was" : "files were")} left out of '{folder}': "
                + $"{string.Join(", ", others.Select(g => $"{g.Count()} {g.Key}"))}. PNG, JPEG and WebP are read.");
        }
        return files.Count switch
        {
            0 => throw new UsageException($"Folder '{folder}' holds no photo ({string.Join(", ", Extensions)})."),
            var count when count > most => throw new UsageException(
                $"Folder '{folder}' holds {count} photos; 1 to {most} are wanted{(most == 30 ? ", and 4 to 7 work best" : "")}."),
            _ => [.. files.Select(f => new PhotoFile(Path.GetFileName(f), Content(f)) { Caption = CaptionOf(f) })],
        };
    }

    /// <summary>The photos, each with the mask that has its name but for the ending.</summary>
    /// <param name="folder">Of the masks.</param>
    /// <exception cref="UsageException">There is no such folder, or no mask for a photo.</exception>
    public static IReadOnlyList<PhotoFile> WithMasks(IReadOnlyList<PhotoFile> photos, string folder)
    {
        var masks = Read(folder).ToDictionary(m => Path.GetFileNameWithoutExtension(m.Name), m => m.Content, StringComparer.Ordinal);
        return [.. photos.Select(photo => masks.TryGetValue(Path.GetFileNameWithoutExtension(photo.Name), out var mask)
            ? photo with { Mask = mask }
            : throw new UsageException($"'{folder}' holds no mask of the name of photo '{photo.Name}'."))];
    }

    /// <summary>The first line of the text beside a photo that is not empty; null: there is none.</summary>
    private static string? CaptionOf(string photo) => Path.ChangeExtension(photo, ".txt") is var text && File.Exists(text)
        ? File.ReadLines(text).Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0) : null;

    /// <summary>The name of the object: the folder's own, or its parent's where the folder is just called <c>photos</c>.</summary>
    public static string NameOf(string folder)
    {
        var path = new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return path.Name.Equals("photos", StringComparison.OrdinalIgnoreCase) && path.Parent is { } parent ? parent.Name : path.Name;
    }

    private static bool Has(string file, string[] extensions) =>
        extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a file begins as PNG, JPEG or WebP does, whatever its name: browsers save JPEG as .jfif.</summary>
    private static bool IsKnownByContent(string file)
    {
        if (!File.Exists(file)) return false;
        Span<byte> start = stackalloc byte[12];
        using var stream = File.OpenRead(file);
        var read = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        return read is [0x89, (byte)'P', (byte)'N', (byte)'G', ..] or [0xFF, 0xD8, 0xFF, ..]
            or [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P'];
    }

    private static byte[] Content(string file) => new FileInfo(file) is { LinkTarget: { } target } && !File.Exists(file)
        ? throw new UsageException($"Photo '{file}' is a link to '{target}', and there is nothing.")
        : File.ReadAllBytes(file);
}
