namespace ViCo.Gateway.Tenants;

/// <param name="Overlap">Seconds that the old key goes on: 0 to 2592000; default 86400.</param>
internal sealed record RotateKey(int? Overlap = null);
