namespace ViCo.Grains.Webhooks;

/// <summary>A message to a webhook.</summary>
/// <param name="Id">Its <c>webhook-id</c>: the same however often it is sent.</param>
/// <param name="Webhook">Of whom it is for.</param>
/// <param name="Url">Where it goes.</param>
/// <param name="Body">What is sent, byte by byte the same each time.</param>
[GenerateSerializer, Immutable, Alias("vico.delivery")]
public sealed record Delivery(
    [property: Id(0)] string Id, [property: Id(1)] string Webhook, [property: Id(2)] string Url, [property: Id(3)] string Job,
    [property: Id(4)] long Seq,
    [property: Id(5)] string Type, [property: Id(6)] string Body, [property: Id(7)] DateTimeOffset Created)
{
    /// <summary>Where it stands.</summary>
    [Id(8)] public DeliveryState State { get; init; }

    /// <summary>How often it was sent.</summary>
    [Id(9)] public int Attempts { get; init; }

    /// <summary>When it is sent next.</summary>
    [Id(10)] public DateTimeOffset Due { get; init; }

    /// <summary>What the receiver answered last; null: nothing.</summary>
    [Id(11)] public int? Status { get; init; }

    /// <summary>Why it was not taken, for people.</summary>
    [Id(12)] public string? Problem { get; init; }
}
