namespace ViCo.Gateway.Tenants;

internal sealed record SessionResponse(string Tenant, string Role);
