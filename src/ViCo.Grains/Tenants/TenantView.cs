using ViCo.Grains.Quotas;

namespace ViCo.Grains.Tenants;

/// <summary>A tenant as the operator sees it.</summary>
/// <param name="Created">Null: before tenants were made by the operator.</param>
/// <param name="Suspended">Its calls are refused and its jobs wait; what it stored stays.</param>
/// <param name="Deleting">Since when it is being deleted; null: it is not.</param>
/// <param name="Quotas">What is set for it; what is not there is as the installation's.</param>
/// <param name="Weight">Its share of the devices beside other tenants'.</param>
[GenerateSerializer, Immutable, Alias("vico.tenant-view")]
public sealed record TenantView(
    [property: Id(0)] string Id, [property: Id(1)] string Name, [property: Id(2)] DateTimeOffset? Created,
    [property: Id(3)] bool Suspended, [property: Id(4)] double Weight,
    [property: Id(5)] TenantQuotas? Quotas = null,
    [property: Id(6)] DateTimeOffset? Deleting = null);
