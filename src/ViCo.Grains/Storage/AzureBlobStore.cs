using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace ViCo.Grains.Storage;

/// <summary>Blobs in a container of Azure Blob Storage (or Azurite). Retries are the SDK's.</summary>
public sealed class AzureBlobStore(BlobContainerClient container) : IBlobStore
{
    /// <summary>Makes the container where it is missing.</summary>
    public Task CreateContainerAsync(CancellationToken cancellationToken = default) =>
        container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public async Task<Blob?> ReadAsync(string name, CancellationToken cancellationToken = default)
    {
        try
        {
            var answer = await Client(name).DownloadContentAsync(cancellationToken);
            return new(answer.Value.Content.ToMemory(), answer.Value.Details.ETag.ToString());
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<Stream?> OpenReadAsync(string name, CancellationToken cancellationToken = default)
    {
        try
        {
            return await Client(name).OpenReadAsync(new BlobOpenReadOptions(allowModifications: false), cancellationToken);
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public Task<string> WriteAsync(
        string name, ReadOnlyMemory<byte> content, BlobCondition condition = default, CancellationToken cancellationToken = default) =>
        UploadAsync(name, blob =>
            blob.UploadAsync(new BinaryData(content), new BlobUploadOptions { Conditions = Conditions(condition) }, cancellationToken));

    /// <inheritdoc/>
    public Task<string> WriteAsync(string name, Stream content, BlobCondition condition = default,
        CancellationToken cancellationToken = default) =>
        UploadAsync(name, blob =>
            blob.UploadAsync(content, new BlobUploadOptions { Conditions = Conditions(condition) }, cancellationToken));

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string name, BlobCondition condition = default, CancellationToken cancellationToken = default)
    {
        // The service knows no "delete unless there": an absent blob meets the condition, a present one does not.
        if (condition.MustBeAbsent)
        {
            if (await Client(name).ExistsAsync(cancellationToken)) throw new BlobConflictException(name, "it was to be absent");
            return false;
        }
        try
        {
            await Client(name).DeleteAsync(conditions: Conditions(condition), cancellationToken: cancellationToken);
            return true;
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.BlobNotFound && condition.ETag is null)
        {
            return false;
        }
        catch (RequestFailedException e) when (Conflicts(e) || e.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            throw new BlobConflictException(name, e.ErrorCode ?? "a condition did not hold");
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var blob in container.GetBlobsAsync(
            BlobTraits.None, BlobStates.None, prefix.Length == 0 ? null : prefix, cancellationToken))
        {
            yield return new(blob.Name, blob.Properties.ContentLength ?? 0, blob.Properties.LastModified ?? default);
        }
    }

    private async Task<string> UploadAsync(string name, Func<BlobClient, Task<Response<BlobContentInfo>>> upload)
    {
        try
        {
            return (await upload(Client(name))).Value.ETag.ToString();
        }
        catch (RequestFailedException e) when (Conflicts(e))
        {
            throw new BlobConflictException(name, e.ErrorCode ?? "a condition did not hold");
        }
    }

    private BlobClient Client(string name)
    {
        BlobNames.Check(name);
        return container.GetBlobClient(name);
    }

    private static BlobRequestConditions? Conditions(BlobCondition condition) =>
        condition.MustBeAbsent ? new() { IfNoneMatch = ETag.All }
        : condition.ETag is { } tag ? new() { IfMatch = new ETag(tag) }
        : null;

    private static bool Conflicts(RequestFailedException e) =>
        e.Status == 412 || e.ErrorCode == BlobErrorCode.BlobAlreadyExists;
}
