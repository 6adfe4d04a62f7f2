namespace ViCo.Gateway.Tenants;

internal sealed record LoginLink(string Tenant, string KeyId, DateTimeOffset Expires);
