using ViCo.Grains.Quotas;

namespace ViCo.Gateway.Tenants;

/// <summary>What is to be changed; what is not there stays.</summary>
/// <param name="Suspended">Its calls are refused and its jobs wait; what it stored stays.</param>
/// <param name="Weight">Its share of the devices beside other tenants': 0.01 to 100, 1 unless set.</param>
/// <param name="Quotas">In place of all that were set before; what is not there is as the installation's.</param>
internal sealed record ChangeTenant(string? Name = null, bool? Suspended = null, double? Weight = null, TenantQuotas? Quotas = null);
