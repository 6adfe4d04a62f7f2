namespace ViCo.Gateway.Tenants;

/// <param name="Id">1 to 40 of a-z, 0-9 and '-', a letter or digit first. It never changes.</param>
/// <param name="Name">What people call it; default: its id.</param>
internal sealed record CreateTenant(string Id, string? Name = null);
