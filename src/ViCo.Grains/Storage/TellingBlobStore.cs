using System.Runtime.CompilerServices;
using Azure;

namespace ViCo.Grains.Storage;

/// <summary>Says of whatever goes wrong in a store what it means for those who wait: it is full, or away.</summary>
internal sealed class TellingBlobStore(IBlobStore inner) : IBlobStore
{
    // What systems call "no space left" and "quota exceeded": of Linux and macOS, and of Windows.
    private const int NoSpace = 28, QuotaOfLinux = 122, QuotaOfMac = 69, DiskFull = 0x70, HandleDiskFull = 0x27;

    public IBlobStore Inner => inner;

    public Task<Blob?> ReadAsync(string name, CancellationToken cancellationToken = default) =>
        TellAsync(name, () => inner.ReadAsync(name, cancellationToken));

    public Task<string> WriteAsync(
        string name, ReadOnlyMemory<byte> content, BlobCondition condition = default, CancellationToken cancellationToken = default) =>
        TellAsync(name, () => inner.WriteAsync(name, content, condition, cancellationToken));

    public Task<Stream?> OpenReadAsync(string name, CancellationToken cancellationToken = default) =>
        TellAsync(name, () => inner.OpenReadAsync(name, cancellationToken));

    public Task<string> WriteAsync(
        string name, Stream content, BlobCondition condition = default, CancellationToken cancellationToken = default) =>
        TellAsync(name, () => inner.WriteAsync(name, content, condition, cancellationToken));

    public Task<bool> DeleteAsync(string name, BlobCondition condition = default, CancellationToken cancellationToken = default) =>
        TellAsync(name, () => inner.DeleteAsync(name, condition, cancellationToken));

    public async IAsyncEnumerable<BlobEntry> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var entries = inner.ListAsync(prefix, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await TellAsync(prefix, async () => await entries.MoveNextAsync())) yield return entries.Current;
    }

    private static async Task<T> TellAsync<T>(string name, Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception e) when (IsFull(e))
        {
            throw new StorageTroubleException($"The storage has no room left ('{name}').", isFull: true, e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or AggregateException or RequestFailedException
            || (e is IOException and not BlobConflictException))
        {
            throw new StorageTroubleException($"The storage does not answer ('{name}'): {e.Message}", isFull: false, e);
        }
    }

    private static bool IsFull(Exception e) =>
        (e is IOException && (e.HResult & 0xFFFF) is NoSpace or QuotaOfLinux or QuotaOfMac or DiskFull or HandleDiskFull)
        || e is RequestFailedException { Status: 507 };
}
