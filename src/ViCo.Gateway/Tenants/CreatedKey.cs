namespace ViCo.Gateway.Tenants;

/// <param name="Key">The key in clear; nothing shows it again.</param>
/// <param name="Prefix">What it begins with, by which lists show it.</param>
internal sealed record CreatedKey(string Id, string Key, string Prefix, DateTimeOffset? Expires)
{
    public static CreatedKey Of(ApiKey key, DateTimeOffset? expires) => new(key.KeyId, key.InClear(), key.Prefix, expires);

    /// <summary>Never the key: records print their members.</summary>
    public override string ToString() => Prefix;
}
