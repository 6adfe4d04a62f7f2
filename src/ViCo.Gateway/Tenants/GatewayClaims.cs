using System.Security.Claims;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>What a principal of ours carries, whether it came by key or by cookie.</summary>
internal static class GatewayClaims
{
    public const string Tenant = "vico.tenant", KeyId = "vico.key", SecretHash = "vico.hash", Scope = "vico.scope",
    Expires = "vico.expires";

    public static ClaimsPrincipal Principal(Credential credential, KeyRole role, string scheme)
    {
        var identity = new ClaimsIdentity(scheme, KeyId, ClaimTypes.Role);
        identity.AddClaim(new(Tenant, credential.Tenant.Value));
        identity.AddClaim(new(KeyId, credential.KeyId));
        identity.AddClaim(new(SecretHash, credential.SecretHash));
        identity.AddClaim(new(ClaimTypes.Role, role.ToString()));
        return new(identity);
    }

    public static Credential? CredentialOf(ClaimsPrincipal? user) =>
        user?.FindFirstValue(Tenant) is { } tenant && user.FindFirstValue(KeyId) is { } keyId && user.FindFirstValue(SecretHash) is { } hash
            ? new(new(tenant), keyId, hash)
            : null;
}
