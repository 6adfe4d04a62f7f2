namespace ViCo.Hub;

/// <summary>A file to fetch and what is known of it.</summary>
/// <param name="Path">Below the model's folder, with <c>/</c>; checked to be a plain relative path.</param>
/// <param name="Size">Null when the source does not say.</param>
/// <param name="Sha256">Of the content, lower-case hex, or null.</param>
/// <param name="GitBlobId">SHA-1 of <c>blob SIZE\0</c> and the content: what a hub knows of small files. Or null.</param>
internal sealed record RemoteFile(string Path, Uri Address, long? Size, string? Sha256, string? GitBlobId)
{
    /// <summary>Whether a hash tells what the content must be.</summary>
    public bool IsChecked => (Sha256 ?? GitBlobId) is not null;
}
