using System.Security.Claims;
using ViCo.Grains.Concepts;
using ViCo.Grains.Feeds;
using ViCo.Grains.Indexes;
using ViCo.Grains.Jobs;
using ViCo.Grains.Quotas;
using ViCo.Grains.Tenants;
using ViCo.Grains.Webhooks;

namespace ViCo.Gateway.Tenants;

/// <summary>The tenant of the authenticated caller, and the only way from a request to its grains.</summary>
/// <remarks>
/// Each grain is handed out with the tenant in the call's context, where the grains' call filter compares it with the grain's key.
/// </remarks>
/// <param name="grants">What the caller may; null: the platform itself asks.</param>
internal sealed class CurrentTenant(TenantId id, IGrainFactory grains, Grants? grants)
{
    /// <summary>For what the platform asks of itself, such as who a caller is.</summary>
    public CurrentTenant(TenantId id, IGrainFactory grains)
        : this(id, grains, null)
    {
    }

    public TenantId Id => id;

    public IConceptGrain Concept(string conceptId) => For<IConceptGrain>(id.Key(conceptId));

    public IJobGrain Job(string jobId) => For<IJobGrain>(id.Key(jobId));

    public IFeedGrain Feed() => For<IFeedGrain>(id.Value);

    public IQuotaGrain Quotas() => For<IQuotaGrain>(id.Value);

    public IWebhookGrain Webhooks() => For<IWebhookGrain>(id.Value);

    public ITenantGrain Tenant() => For<ITenantGrain>(id.Value);

    /// <summary>One of the tenant's indexes, by a key of <see cref="IndexKeys"/>.</summary>
    public IIndexGrain Index(string key) => For<IIndexGrain>(key);

    public static CurrentTenant Of(ClaimsPrincipal user, IGrainFactory grains) =>
        new(new(user.FindFirstValue(GatewayClaims.Tenant)
            ?? throw new InvalidOperationException("The caller has no tenant: the route lacks its policy.")), grains,
            GatewayClaims.GrantsOf(user));

    /// <summary>Minimal APIs bind a handler's parameter of this type by this method.</summary>
    public static ValueTask<CurrentTenant> BindAsync(HttpContext context) =>
        ValueTask.FromResult(Of(context.User, context.RequestServices.GetRequiredService<IGrainFactory>()));

    private T For<T>(string key) where T : IGrainWithStringKey
    {
        // For the call that follows; the next grain handed out enters anew.
        _ = grants is { } granted ? TenantScope.Enter(id, granted) : TenantScope.Enter(id);
        return grains.GetGrain<T>(key);
    }
}
