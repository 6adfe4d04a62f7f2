using System.Security.Cryptography;

namespace ViCo.Grains.Storage;

/// <summary>Blobs that are looked at before they are served or worked with.</summary>
public static class IntactBlobs
{
    private const int HexDigits = 64, InMemory = 16 << 20;

    /// <summary>
    /// As <see cref="IBlobStore.OpenReadAsync"/>, after the whole blob was read and found to be what its digest says.
    /// </summary>
    /// <param name="digest">SHA-256 (lower-case hex); null: not known, nothing is compared.</param>
    /// <exception cref="DamagedBlobException">It is another.</exception>
    public static async Task<Stream?> OpenIntactAsync(
        this IBlobStore blobs, string name, string? digest, CancellationToken cancellationToken = default)
    {
        var content = await blobs.OpenReadAsync(name, cancellationToken);
        if (content is null || digest is not { Length: HexDigits }) return content;
        try
        {
            if (content.Length <= InMemory)
            {
                var whole = new MemoryStream((int)content.Length);
                await content.CopyToAsync(whole, cancellationToken);
                await content.DisposeAsync();
                content = whole;
                content.Position = 0;
            }
            Compare(name, Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken)), digest);
            content.Position = 0;
            return content;
        }
        catch
        {
            await content.DisposeAsync();
            throw;
        }
    }

    /// <summary>Compares a blob's digest with the one that is wanted.</summary>
    /// <exception cref="DamagedBlobException">It is another.</exception>
    public static void Compare(string name, string found, string? wanted)
    {
        if (wanted is { Length: HexDigits } && found != wanted)
            throw new DamagedBlobException(name, $"its SHA-256 is {found[..12]}…; wanted {wanted[..12]}….");
    }

    /// <summary>As <see cref="Compare(string, string, string?)"/>, of bytes that were read.</summary>
    public static void Compare(string name, ReadOnlySpan<byte> content, string? wanted)
    {
        if (wanted is { Length: HexDigits }) Compare(name, Convert.ToHexStringLower(SHA256.HashData(content)), wanted);
    }
}
