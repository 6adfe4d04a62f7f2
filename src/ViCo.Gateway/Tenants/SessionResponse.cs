using System.Security.Claims;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <param name="Tenant">Null: an operator without a tenant.</param>
/// <param name="Key">The id of the key that it is or signed in with.</param>
/// <param name="Scopes">What it may.</param>
internal sealed record SessionResponse(string? Tenant, KeyRole Role, string Key, IReadOnlyList<string> Scopes)
{
    public static SessionResponse Of(ClaimsPrincipal user) => new(
        user.FindFirstValue(GatewayClaims.Tenant), GatewayClaims.RoleOf(user), user.FindFirstValue(GatewayClaims.KeyId)!,
        Grains.Tenants.Scopes.NamesOf(GatewayClaims.GrantsOf(user)));
}
