namespace ViCo.Grains.Tenants;

/// <summary>A tenant's keys. Key: the tenant. Every command may be repeated.</summary>
[Alias("vico.ITenantGrain")]
public interface ITenantGrain : IGrainWithStringKey
{
    /// <summary>Registers an API key by the SHA-256 (lower-case hex) of its secret; the same id and hash again change nothing.</summary>
    /// <returns>False when the id is taken by another hash.</returns>
    [Alias("AddKey")] Task<bool> AddKey(string keyId, string secretHash, KeyRole role);

    /// <summary>The role of a key whose secret hashes to <paramref name="secretHash"/>, or null.</summary>
    [Alias("Authenticate")] Task<KeyRole?> Authenticate(string keyId, string secretHash);

    /// <summary>Removes a key.</summary>
    [Alias("RevokeKey")] Task RevokeKey(string keyId);
}
