namespace ViCo.Gateway.Tenants;

/// <param name="Key">The tenant's first admin key in clear; nothing shows it again.</param>
/// <param name="KeyId">That key's id.</param>
internal sealed record CreatedTenant(string Id, string Name, string Key, string KeyId)
{
    /// <summary>Never the key: records print their members.</summary>
    public override string ToString() => Id;
}
