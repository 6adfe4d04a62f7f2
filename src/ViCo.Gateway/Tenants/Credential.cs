using System.Security.Claims;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>Which key somebody showed, without the key: enough to ask the tenant whether it still holds.</summary>
internal sealed record Credential(TenantId Tenant, string KeyId, string SecretHash)
{
    public async Task<KeyRole?> AuthenticateAsync(IGrainFactory grains) =>
        await new CurrentTenant(Tenant, grains).Tenant().Authenticate(KeyId, SecretHash);

    public static Credential Of(ApiKey key) => new(key.Tenant, key.KeyId, key.SecretHash);
}
