namespace ViCo.Grains.Storage;

/// <summary>Durable bytes by name with optimistic concurrency: a folder or Azure Blob Storage.</summary>
/// <remarks>
/// Names are '/'-separated, at most 512 characters of [a-z A-Z 0-9 . _ -]; no segment is empty, '.' or '..', and no name is another's
/// folder (<c>a</c> beside <c>a/b</c>). A write is all or nothing and durable when it returns. Any call may fail with an outcome nobody
/// knows; a conditional call that is told <see cref="BlobConflictException"/> may itself have been the one that changed the blob, when
/// its first answer was lost: read before you conclude.
/// </remarks>
public interface IBlobStore
{
    /// <summary>The whole blob and its ETag, or null when there is none.</summary>
    Task<Blob?> ReadAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Writes the whole blob and returns its new ETag.</summary>
    /// <exception cref="BlobConflictException"><paramref name="condition"/> did not hold; nothing was written.</exception>
    Task<string> WriteAsync(
        string name, ReadOnlyMemory<byte> content, BlobCondition condition = default, CancellationToken cancellationToken = default);

    /// <summary>
    /// The blob's bytes from its start, for what may be larger than memory, or null when there is none. Whoever writes the blob
    /// meanwhile changes nothing for the reader.
    /// </summary>
    Task<Stream?> OpenReadAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>
    /// As <see cref="WriteAsync(string, ReadOnlyMemory{byte}, BlobCondition, CancellationToken)"/>, with what
    /// <paramref name="content"/> holds from where it stands to its end.
    /// </summary>
    /// <exception cref="BlobConflictException">As there.</exception>
    Task<string> WriteAsync(string name, Stream content, BlobCondition condition = default, CancellationToken cancellationToken = default);

    /// <summary>True when the blob was there and is gone now.</summary>
    /// <exception cref="BlobConflictException"><paramref name="condition"/> did not hold.</exception>
    Task<bool> DeleteAsync(string name, BlobCondition condition = default, CancellationToken cancellationToken = default);

    /// <summary>All blobs whose name starts with <paramref name="prefix"/>, in ordinal order of their names.</summary>
    IAsyncEnumerable<BlobEntry> ListAsync(string prefix, CancellationToken cancellationToken = default);
}
