namespace ViCo.Gateway.Webhooks;

/// <param name="Overlap">Seconds that the secret before signs beside the new one: 0 to 604800; default 86400.</param>
internal sealed record RotateSecret(int? Overlap = null);
