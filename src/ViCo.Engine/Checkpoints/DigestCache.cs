using System.Security.Cryptography;
using System.Text;

namespace ViCo.Engine.Checkpoints;

/// <summary>
/// Digests of weight files that have not changed since they were hashed: hashing takes several times as long as all else of loading.
/// </summary>
/// <param name="folder">One small file per model; made where it is missing. Where it cannot be read or written, files are hashed.</param>
internal sealed class DigestCache(string folder, TimeProvider time)
{
    /// <summary>The times of files move in steps of up to 2 s (FAT): one that is younger could change again and look the same.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    /// <param name="paths">The files that are hashed, in their order.</param>
    /// <param name="hash">Reads them; called unless their digest is known.</param>
    /// <returns>SHA-256 in lower-case hex.</returns>
    public string Digest(IReadOnlyList<string> paths, Func<string> hash)
    {
        var began = time.GetUtcNow();
        FileStamp[] stamps = [.. paths.Select(FileStamp.Of)];
        var entry = Path.Combine(folder, $"{Hex(string.Join('\n', paths.Select(Path.GetFullPath)))}.digest");
        if (Read(entry, stamps) is { } known) return known;
        var digest = hash();
        if (stamps.All(s => began - s.Changed > Settled) && stamps.SequenceEqual(paths.Select(FileStamp.Of))) Write(entry,
            Text(stamps, digest));
        return digest;
    }

    /// <summary>Null when there is no entry, when it is not of these stamps, or when a character of it is not as it was written.</summary>
    private static string? Read(string entry, FileStamp[] stamps)
    {
        try
        {
            var text = File.ReadAllText(entry);
            return text.Split('\n') is [.., var digest, _] && text == Text(stamps, digest) ? digest : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Write(string entry, string text)
    {
        var staged = NewFile.Staged(entry);
        try
        {
            // This may make the folder of all data too, which only its owner may read.
            foreach (var missing in Missing(Path.GetDirectoryName(entry)!).Reverse())
            {
                if (OperatingSystem.IsWindows()) Directory.CreateDirectory(missing);
                else Directory.CreateDirectory(missing, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            File.WriteAllText(staged, text);
            File.Move(staged, entry, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then the next start hashes again.
        }
    }

    private static IEnumerable<string> Missing(string folder)
    {
        for (var at = folder; at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at))
            yield return at;
    }

    private static string Text(FileStamp[] stamps, string digest)
    {
        var text = $"vico-digest-1\n{string.Concat(stamps.Select(s => $"{s.Text}\n"))}{digest}\n";
        return text + Hex(text);
    }

    private static string Hex(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
