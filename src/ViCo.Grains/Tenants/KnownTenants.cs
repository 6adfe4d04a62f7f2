using System.Collections.Concurrent;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Tenants;

/// <summary>Which tenants there are, asked of the store: a name that somebody made up wakes no grain and is not remembered.</summary>
public sealed class KnownTenants(IBlobStore blobs)
{
    private readonly ConcurrentDictionary<TenantId, bool> _known = [];

    /// <summary>Whether the tenant exists. Tenants that do are remembered, so this costs a look at the store once for each.</summary>
    public async ValueTask<bool> ContainsAsync(TenantId tenant, CancellationToken cancellationToken = default)
    {
        if (_known.ContainsKey(tenant)) return true;
        if (await blobs.ReadAsync(NameOf(tenant.Value), cancellationToken) is null) return false;
        return _known[tenant] = true;
    }

    /// <summary>Every tenant behind a name, in ordinal order; the installation's own is none.</summary>
    /// <param name="after">Null: from the first.</param>
    public async IAsyncEnumerable<TenantId> ListAsync(string? after = null)
    {
        await foreach (var blob in blobs.ListAsync(NameOf("")[..^Suffix.Length]))
        {
            var name = Path.GetFileNameWithoutExtension(blob.Name);
            if (name != ITenantGrain.Installation && (after is null || string.CompareOrdinal(name, after) > 0)) yield return new(name);
        }
    }

    private const string Suffix = ".json";

    private static string NameOf(string tenant) => BlobGrainStorage.NameOf("tenant", tenant);
}
