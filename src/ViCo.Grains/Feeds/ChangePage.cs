namespace ViCo.Grains.Feeds;

/// <param name="Last">The place to go on after.</param>
[GenerateSerializer, Immutable, Alias("vico.change-page")]
public sealed record ChangePage([property: Id(0)] IReadOnlyList<TenantChange> Changes, [property: Id(1)] string Last);
