namespace ViCo.Grains.Tenants;

/// <summary>A grain whose key is a tenant or starts with one.</summary>
internal interface ITenantOwned;
