namespace ViCo.Grains.Tenants;

/// <summary>A tenant's keys by id.</summary>
internal sealed record TenantRecord
{
    public IReadOnlyDictionary<string, ApiKey> Keys { get; init; } = new Dictionary<string, ApiKey>();
}

/// <param name="Hash">SHA-256 of the secret, lower-case hex.</param>
internal sealed record ApiKey(string Hash, KeyRole Role);
