namespace ViCo.Grains.Quotas;

/// <summary>What a tenant may use, and what it uses of that just now.</summary>
/// <param name="Quotas">Every one has its number.</param>
[GenerateSerializer, Immutable, Alias("vico.quota-view")]
public sealed record QuotaView(
    [property: Id(0)] TenantQuotas Quotas, [property: Id(1)] int OpenJobs, [property: Id(2)] double GpuSecondsToday,
    [property: Id(3)] long StoredBytes, [property: Id(4)] int Photos);
