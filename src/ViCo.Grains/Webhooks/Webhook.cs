namespace ViCo.Grains.Webhooks;

/// <param name="Url">Where messages are POSTed to.</param>
/// <param name="Events">Which of <see cref="WebhookEvents.All"/>.</param>
/// <param name="Secret"><c>whsec_</c> and 24 bytes in base64.</param>
/// <param name="Disabled">Why nothing is sent any more; null: it is.</param>
/// <param name="Rotation">How <paramref name="Secret"/> came in place of another; null: it is the first.</param>
[GenerateSerializer, Immutable, Alias("vico.webhook")]
public sealed record Webhook(
    [property: Id(0)] string Id, [property: Id(1)] string Url, [property: Id(2)] IReadOnlyList<string> Events,
    [property: Id(3)] string Secret,
    [property: Id(4)] DateTimeOffset Created, [property: Id(5)] string? Disabled = null, [property: Id(6)] SecretRotation? Rotation = null);
