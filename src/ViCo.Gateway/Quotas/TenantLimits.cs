using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Quotas;

namespace ViCo.Gateway.Quotas;

/// <summary>Tenants' quotas as this gateway last heard of them: asked once in a while for each that calls.</summary>
internal sealed class TenantLimits(IGrainFactory grains, IOptions<QuotaOptions> defaults, TimeProvider clock)
{
    // A changed quota holds at each gateway after this long.
    private static readonly TimeSpan Holds = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Known> _known = new();

    public ValueTask<TenantQuotas> OfAsync(string tenant)
    {
        if (_known.TryGetValue(tenant, out var known) && clock.GetElapsedTime(known.Read) < Holds) return new(known.Quotas);
        // Whoever else asks meanwhile goes by what was.
        if (known is not null) _known[tenant] = known with { Read = clock.GetTimestamp() };
        return new(AskAsync(tenant));
    }

    private async Task<TenantQuotas> AskAsync(string tenant)
    {
        var terms = await new CurrentTenant(new(tenant), grains).Tenant().GetTerms();
        var quotas = (terms.Quotas ?? new()).Over(defaults.Value.Quotas);
        _known[tenant] = new(quotas, clock.GetTimestamp());
        return quotas;
    }

    private sealed record Known(TenantQuotas Quotas, long Read);
}
