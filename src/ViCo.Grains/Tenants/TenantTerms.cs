using ViCo.Grains.Quotas;

namespace ViCo.Grains.Tenants;

/// <summary>What the operator has set for a tenant, as the platform goes by it; of a change, what is given.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Suspended">Its calls are refused and its jobs wait; what it stored stays.</param>
/// <param name="Quotas">In place of all that were set before; null: as the installation's.</param>
/// <param name="Weight">Its share of the devices beside other tenants', 1 unless set.</param>
[GenerateSerializer, Immutable, Alias("vico.tenant-terms")]
public sealed record TenantTerms(
    [property: Id(0)] string? Name = null, [property: Id(1)] bool? Suspended = null, [property: Id(2)] double? Weight = null,
    [property: Id(3)] TenantQuotas? Quotas = null);
