namespace ViCo.Grains.Tenants;

/// <param name="Hash">SHA-256 of the secret, lower-case hex.</param>
internal sealed record StoredKey(string Hash, KeyRole Role);
