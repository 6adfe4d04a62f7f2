using System.Security.Claims;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>
/// Where the keys stand that a request is about: the caller's own, or, on a route of the installation, those of operators without a
/// tenant.
/// </summary>
/// <param name="KeyId">The caller's own key.</param>
/// <param name="May">What the caller may.</param>
internal sealed record KeyHome(TenantId Id, string KeyId, Grants May, IGrainFactory Factory)
{
    public bool IsInstallation => Id.Value == ITenantGrain.Installation;

    /// <summary>What of the installation's is let in is let in by the scopes about tenants.</summary>
    public ITenantGrain Tenant() =>
        new CurrentTenant(Id, Factory, IsInstallation ? May | Grants.KeysRead | Grants.KeysWrite : May).Tenant();

    /// <summary>Minimal APIs bind a handler's parameter of this type by this method.</summary>
    public static ValueTask<KeyHome> BindAsync(HttpContext context)
    {
        var installation = context.GetEndpoint()?.Metadata.GetMetadata<OfInstallation>() is not null;
        return ValueTask.FromResult(new KeyHome(
            installation ? new(ITenantGrain.Installation) : GatewayClaims.CredentialOf(context.User)!.Home,
            context.User.FindFirstValue(GatewayClaims.KeyId)!, GatewayClaims.GrantsOf(context.User),
            context.RequestServices.GetRequiredService<IGrainFactory>()));
    }
}
