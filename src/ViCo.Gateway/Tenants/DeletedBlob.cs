namespace ViCo.Gateway.Tenants;

/// <param name="Digest">SHA-256 of what it held, lower-case hex.</param>
internal sealed record DeletedBlob(string Digest, long Bytes);
