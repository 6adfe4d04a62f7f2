using System.Security.Cryptography;
using System.Text.Json;
using ViCo.Grains.Storage;

namespace ViCo.Gateway.Tenants;

/// <summary>What the installation knows of itself: its name, and which key is its own. All gateways share it.</summary>
internal sealed class InstallationStore(IBlobStore blobs)
{
    private const string Name = "gateway/installation.json";

    private string? _id;

    /// <summary>Eight characters that no other installation has; they never change.</summary>
    public async ValueTask<string> IdAsync() => _id ??= (await ReadAsync()).Record.Id;

    /// <summary>Notes which key the file of the installation's own holds now, and first ends the one that it held.</summary>
    /// <param name="end">Ends a key; called again after a crash.</param>
    public async Task ReplaceKeyAsync(Credential key, Func<Credential, Task> end)
    {
        while (true)
        {
            var (record, etag) = await ReadAsync();
            var now = $"{key.Home}/{key.Id}";
            if (record.Key == now) return;
            if (record.Key?.Split('/') is [var home, var id]) await end(new(new(home), id));
            try
            {
                await blobs.WriteAsync(Name, Json(record with { Key = now }), BlobCondition.Matches(etag));
                return;
            }
            catch (BlobConflictException)
            {
                // Another gateway started at the same time.
            }
        }
    }

    private async Task<(InstallationRecord Record, string ETag)> ReadAsync()
    {
        while (true)
        {
            if (await blobs.ReadAsync(Name) is { } blob)
                return (JsonSerializer.Deserialize(blob.Content.Span, GatewayJson.Default.InstallationRecord)
                    ?? throw new InvalidDataException($"'{Name}' holds JSON null; wanted an object."), blob.ETag);
            try
            {
                await blobs.WriteAsync(Name, Json(new(RandomNumberGenerator.GetHexString(8, lowercase: true), null)), BlobCondition.Absent);
            }
            catch (BlobConflictException)
            {
                // Another gateway was faster: its name counts.
            }
        }
    }

    private static byte[] Json(InstallationRecord record) =>
        JsonSerializer.SerializeToUtf8Bytes(record, GatewayJson.Default.InstallationRecord);
}
