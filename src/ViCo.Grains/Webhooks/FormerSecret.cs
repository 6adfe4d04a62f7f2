namespace ViCo.Grains.Webhooks;

/// <summary>A secret that was replaced, and signs beside the new one for a while.</summary>
/// <param name="Until">When it ends.</param>
[GenerateSerializer, Immutable, Alias("vico.former-secret")]
public sealed record FormerSecret([property: Id(0)] string Secret, [property: Id(1)] DateTimeOffset Until);
