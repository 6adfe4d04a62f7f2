namespace ViCo.Grains.Webhooks;

/// <summary>What is to be changed of a webhook; null leaves it as it is.</summary>
[GenerateSerializer, Immutable, Alias("vico.webhook-change")]
public sealed record WebhookChange(
    [property: Id(0)] string? Url = null, [property: Id(1)] IReadOnlyList<string>? Events = null, [property: Id(2)] bool? Enabled = null);
