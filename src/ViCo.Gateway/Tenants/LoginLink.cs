namespace ViCo.Gateway.Tenants;

internal sealed record LoginLink(string Tenant, string KeyId, string SecretHash, DateTimeOffset Expires);
