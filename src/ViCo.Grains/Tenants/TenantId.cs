namespace ViCo.Grains.Tenants;

/// <summary>A tenant: 1 to 40 characters of [a-z0-9-]. It comes only from an authenticated principal.</summary>
[GenerateSerializer, Immutable, Alias("vico.tenant-id")]
public readonly record struct TenantId
{
    /// <exception cref="ArgumentException">The text is no tenant name.</exception>
    public TenantId(string value)
    {
        if (!Fits(value))
            throw new ArgumentException($"Tenant '{value}' is not 1 to 40 characters of a-z, 0-9 and '-'.", nameof(value));
        Value = value;
    }

    /// <summary>The tenant's name.</summary>
    [Id(0)] public string Value { get; }

    /// <summary>The grain key of something of this tenant: <c>tenant/id</c>.</summary>
    public string Key(string id) => $"{Value}/{id}";

    /// <summary>The tenant of a grain key made by <see cref="Key"/>.</summary>
    public static TenantId OfKey(string grainKey) => new(grainKey[..grainKey.IndexOf('/', StringComparison.Ordinal)]);

    /// <summary>The tenant of this name, or null: the text is no tenant name.</summary>
    public static TenantId? TryParse(string value) => Fits(value) ? new(value) : null;

    /// <inheritdoc/>
    public override string ToString() => Value;

    private static bool Fits(string value) =>
        value.Length is > 0 and <= 40 && value.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');
}
