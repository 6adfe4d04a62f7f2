namespace ViCo.Grains.Tenants;

/// <summary>A tenant's keys by id.</summary>
internal sealed record TenantRecord
{
    public IReadOnlyDictionary<string, StoredKey> Keys { get; init; } = new Dictionary<string, StoredKey>();
}
