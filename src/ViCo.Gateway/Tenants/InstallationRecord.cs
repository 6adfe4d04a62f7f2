namespace ViCo.Gateway.Tenants;

/// <param name="Key">The installation's own key, <c>tenant/id</c>.</param>
internal sealed record InstallationRecord(string Id, string? Key);
