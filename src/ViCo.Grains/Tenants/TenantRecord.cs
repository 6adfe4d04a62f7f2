using ViCo.Grains.Quotas;

namespace ViCo.Grains.Tenants;

/// <summary>A tenant: its keys by id, and what the operator has set for it.</summary>
internal sealed record TenantRecord
{
    /// <summary>Keys that stand at the same time.</summary>
    public const int MaxKeys = 200;

    public IReadOnlyDictionary<string, StoredKey> Keys { get; init; } = new Dictionary<string, StoredKey>();

    public string? Name { get; init; }

    public DateTimeOffset? Created { get; init; }

    public bool Suspended { get; init; }

    /// <summary>Its share of the devices beside other tenants'.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Since when it is being deleted. Nobody gets in from then on.</summary>
    public DateTimeOffset? Deleting { get; init; }

    /// <summary>Since when nothing of it is left but this: its id is never given again.</summary>
    public DateTimeOffset? Deleted { get; init; }

    /// <summary>What is set for it; null: as the installation's.</summary>
    public TenantQuotas? Quotas { get; init; }

    public TenantRecord With(string keyId, StoredKey key) =>
        this with { Keys = new Dictionary<string, StoredKey>(Keys) { [keyId] = key } };

    /// <summary>Whether a key is the last one that can make keys: without it nobody could let anybody in.</summary>
    public bool IsLastAdmin(string keyId) =>
        IsAdmin(keyId) && !Keys.Keys.Any(other => other != keyId && IsAdmin(other));

    public TenantView Describe(TenantId id) => new(id.Value, Name ?? id.Value, Created, Suspended, Weight, Quotas, Deleting);

    private bool IsAdmin(string keyId) => Keys.TryGetValue(keyId, out var key) && key.Revoked is null && key.Expires is null
        && Scopes.Of(key.Role, key.Scopes).HasFlag(Grants.KeysWrite);
}
