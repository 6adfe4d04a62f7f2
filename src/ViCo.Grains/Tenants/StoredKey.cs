namespace ViCo.Grains.Tenants;

/// <param name="Hash">SHA-256 of the secret, lower-case hex.</param>
internal sealed record StoredKey(string Hash, KeyRole Role)
{
    public string? Name { get; init; }

    /// <summary>Null: all of the role's.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    public DateTimeOffset? Created { get; init; }

    public DateTimeOffset? Expires { get; init; }

    /// <summary>It stays in the list, so that nobody registers it again.</summary>
    public DateTimeOffset? Revoked { get; init; }

    /// <summary>To the hour.</summary>
    public DateTimeOffset? LastUsed { get; init; }

    public bool Stands(DateTimeOffset now) => Revoked is null && !(Expires <= now);

    public KeyView Describe(TenantId tenant, string id) =>
        new(id, $"vico_{tenant}_{id}", Name, Role, Scopes, Created, Expires, LastUsed, Revoked);
}
