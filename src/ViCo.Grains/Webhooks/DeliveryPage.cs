namespace ViCo.Grains.Webhooks;

/// <param name="Next">The next page's cursor; null: there is no more.</param>
[GenerateSerializer, Immutable, Alias("vico.delivery-page")]
public sealed record DeliveryPage([property: Id(0)] IReadOnlyList<Delivery> Deliveries, [property: Id(1)] string? Next);
