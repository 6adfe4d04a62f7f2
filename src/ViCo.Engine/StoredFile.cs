using System.Security.Cryptography;

namespace ViCo.Engine;

/// <summary>
/// A checkpoint or a resume point that a request names: a file, or a stream that can be opened as often
/// as needed. It may be larger than memory.
/// </summary>
/// <param name="Name">What messages call it: its path, or what its keeper calls it.</param>
/// <param name="Open">Opens it at its start. Called on the engine's lane, once for each reading.</param>
public sealed record StoredFile(string Name, Func<Stream> Open)
{
    /// <summary>
    /// Where it lies on this machine; null: only its keeper knows, and the engine copies it into a temporary file to read it.
    /// </summary>
    public string? Path { get; private init; }

    /// <summary>SHA-256 of its bytes (lower-case hex) where the caller knows it; otherwise the engine reads the bytes to find it.</summary>
    public string? Digest { get; init; }

    /// <summary>A file on this machine. The engine maps it; it must not change while the request runs.</summary>
    /// <param name="name">What messages call it; null: its path.</param>
    public static StoredFile At(string path, string? name = null) => new(name ?? path, () => File.OpenRead(path)) { Path = path };

    /// <summary><see cref="Digest"/>, or the SHA-256 of the bytes.</summary>
    internal string DigestOfBytes()
    {
        if (Digest is { } known) return known;
        using var stream = Open();
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
