namespace ViCo.Gateway.Tenants;

/// <summary>Marks a route of the installation: what it does, it does for no tenant.</summary>
internal sealed class OfInstallation;
