namespace ViCo.Grains.Quotas;

/// <summary>Something was asked for that a quota does not allow.</summary>
/// <param name="Limit">Which: the name of one of <see cref="TenantQuotas"/>, as its JSON has it.</param>
/// <param name="Used">How much is used; of the largest job, how large this one is.</param>
/// <param name="Most">How much may be.</param>
/// <param name="Until">When there is room again by itself; null: when something ends or is deleted.</param>
/// <param name="User">Whose: one end user's; null: the tenant's.</param>
[GenerateSerializer, Immutable, Alias("vico.quota-refusal")]
public sealed record QuotaRefusal(
    [property: Id(0)] string Limit, [property: Id(1)] double Used, [property: Id(2)] double Most,
    [property: Id(3)] DateTimeOffset? Until = null, [property: Id(4)] string? User = null);
