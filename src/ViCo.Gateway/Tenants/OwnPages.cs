namespace ViCo.Gateway.Tenants;

/// <summary>Marks a route that signs a browser in: pages of other origins may not call it.</summary>
internal sealed class OwnPages;
