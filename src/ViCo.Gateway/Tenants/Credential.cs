using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>What somebody showed, without its secret: enough to ask whether it still holds.</summary>
/// <param name="Home">Where it stands: a tenant, or the installation for operators without one.</param>
/// <param name="Id">A key's id or a session's.</param>
internal sealed record Credential(TenantId Home, string Id)
{
    /// <summary>Whom it stands for just now; null: for nobody any more.</summary>
    public async Task<Caller?> RecallAsync(IGrainFactory grains) => await new CurrentTenant(Home, grains).Tenant().Recall(Id);
}
