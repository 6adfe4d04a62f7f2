using ViCo.Grains.Tenants;
using ViCo.Options;

namespace ViCo.Gateway.Tenants;

/// <summary>An operator's way to the tenants: to what is set for them, and to nothing that they have made.</summary>
internal sealed class TenantAccess(IGrainFactory grains, KnownTenants known, Grants grants)
{
    // Whatever else the operator may is for its own tenant.
    private const Grants AboutTenants = Grants.TenantsRead | Grants.TenantsWrite;

    public ITenantGrain Of(TenantId tenant) => new CurrentTenant(tenant, grains, grants & AboutTenants).Tenant();

    public async Task<bool> KnowsAsync(string id) => IdProblem(id) is null && await known.ContainsAsync(new(id));

    /// <inheritdoc cref="KnownTenants.ListAsync"/>
    public IAsyncEnumerable<TenantId> ListAsync(string? after) => known.ListAsync(after);

    /// <summary>What is wrong with the id of a tenant, or null.</summary>
    public static OptionProblem? IdProblem(string id) =>
        id.Length is >= 1 and <= 40 && id[0] != '-' && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
        && id != ITenantGrain.Installation
            ? null
            : new("id", $"Field 'id' is '{id}'; wanted: 1 to 40 of a-z, 0-9 and '-', a letter or digit first, and not "
                + $"'{ITenantGrain.Installation}'.");

    /// <summary>Minimal APIs bind a handler's parameter of this type by this method.</summary>
    public static ValueTask<TenantAccess> BindAsync(HttpContext context) => ValueTask.FromResult(new TenantAccess(
        context.RequestServices.GetRequiredService<IGrainFactory>(), context.RequestServices.GetRequiredService<KnownTenants>(),
        GatewayClaims.GrantsOf(context.User)));
}
