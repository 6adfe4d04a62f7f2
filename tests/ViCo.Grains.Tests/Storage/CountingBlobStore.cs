using System.Collections.Concurrent;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Tests.Storage;

/// <summary>Counts what is written to a store, by name.</summary>
public sealed class CountingBlobStore(IBlobStore inner) : IBlobStore
{
    private readonly ConcurrentQueue<(string Name, long Bytes)> _writes = [];
    private int _deletes;

    public IReadOnlyCollection<(string Name, long Bytes)> Writes => _writes;

    public int Deletes => _deletes;

    public Task<Blob?> ReadAsync(string name, CancellationToken cancellationToken = default) => inner.ReadAsync(name, cancellationToken);

    public Task<string> WriteAsync(
        string name, ReadOnlyMemory<byte> content, BlobCondition condition = default, CancellationToken cancellationToken = default)
    {
        _writes.Enqueue((name, content.Length));
        return inner.WriteAsync(name, content, condition, cancellationToken);
    }

    public Task<Stream?> OpenReadAsync(string name, CancellationToken cancellationToken = default) =>
        inner.OpenReadAsync(name, cancellationToken);

    public Task<string> WriteAsync(
        string name, Stream content, BlobCondition condition = default, CancellationToken cancellationToken = default)
    {
        _writes.Enqueue((name, content.Length));
        return inner.WriteAsync(name, content, condition, cancellationToken);
    }

    public Task<bool> DeleteAsync(string name, BlobCondition condition = default, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _deletes);
        return inner.DeleteAsync(name, condition, cancellationToken);
    }

    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, CancellationToken cancellationToken = default) =>
        inner.ListAsync(prefix, cancellationToken);
}
