using ViCo.Grains.Tenants;

namespace ViCo.Grains.Storage;

/// <summary>Where a tenant's things lie in the store: all of them but the record of the tenant itself and its sessions.</summary>
public static class TenantBlobs
{
    /// <summary>The names of all there is.</summary>
    public static async IAsyncEnumerable<string> ListAsync(IBlobStore blobs, TenantId tenant)
    {
        string[] folders = [$"tenants/{tenant}/", FolderOf("concept"), FolderOf("job")];
        foreach (var folder in folders)
        {
            await foreach (var blob in blobs.ListAsync(folder)) yield return blob.Name;
        }
        string[] single = [$"webhooks/{tenant}", BlobGrainStorage.NameOf("webhooks", tenant.Value)];
        foreach (var name in single)
        {
            await foreach (var blob in blobs.ListAsync(name))
            {
                if (blob.Name == name) yield return name;
            }
        }
        // Kept answers lie by day, then by tenant.
        await foreach (var answer in blobs.ListAsync("answers/"))
        {
            if (answer.Name.Split('/') is [_, _, var owner, ..] && owner == tenant.Value) yield return answer.Name;
        }

        string FolderOf(string state) => BlobGrainStorage.NameOf(state, $"{tenant}/")[..^".json".Length];
    }
}
