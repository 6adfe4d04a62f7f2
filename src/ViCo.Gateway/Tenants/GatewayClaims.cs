using System.Globalization;
using System.Security.Claims;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>What a principal of ours carries, whether it came by key, cookie or token. No secret and no hash of one.</summary>
internal static class GatewayClaims
{
    /// <summary>Of an operator without a tenant there is none.</summary>
    public const string Tenant = "vico.tenant";

    public const string KeyId = "vico.key", Scope = "vico.scope", Expires = "vico.expires";

    private const string Home = "vico.home", Credential = "vico.credential", Granted = "vico.grants", Suspended = "vico.suspended";

    public static ClaimsPrincipal Principal(TenantId home, Caller caller, string scheme)
    {
        var identity = new ClaimsIdentity(scheme, KeyId, ClaimTypes.Role);
        identity.AddClaim(new(Home, home.Value));
        if (home.Value != ITenantGrain.Installation) identity.AddClaim(new(Tenant, home.Value));
        identity.AddClaim(new(Credential, caller.Credential));
        identity.AddClaim(new(KeyId, caller.KeyId));
        identity.AddClaim(new(ClaimTypes.Role, caller.Role.ToString()));
        identity.AddClaim(new(Granted, ((long)caller.Grants).ToString(CultureInfo.InvariantCulture)));
        if (caller.Suspended) identity.AddClaim(new(Suspended, ""));
        return new(identity);
    }

    public static Credential? CredentialOf(ClaimsPrincipal? user) =>
        user?.FindFirstValue(Home) is { } home && user.FindFirstValue(Credential) is { } id ? new(new(home), id) : null;

    public static Grants GrantsOf(ClaimsPrincipal user) =>
        long.TryParse(user.FindFirstValue(Granted), CultureInfo.InvariantCulture, out var grants) ? (Grants)grants : Grants.None;

    public static KeyRole RoleOf(ClaimsPrincipal user) => Enum.Parse<KeyRole>(user.FindFirstValue(ClaimTypes.Role)!);

    /// <summary>Whether somebody belongs to a tenant: strangers do not, nor do operators without one.</summary>
    public static bool IsOfTenant(ClaimsPrincipal user) => user.FindFirst(Tenant) is not null;

    public static bool IsSuspended(ClaimsPrincipal user) => user.FindFirst(Suspended) is not null;
}
