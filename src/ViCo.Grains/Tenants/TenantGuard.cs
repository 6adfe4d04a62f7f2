namespace ViCo.Grains.Tenants;

/// <summary>Refuses calls to a tenant's grains that come for another tenant or for nobody.</summary>
internal sealed class TenantGuard : IIncomingGrainCallFilter
{
    public Task Invoke(IIncomingGrainCallContext context)
    {
        // What a grain asks of itself, its timers' ticks among that, is asked for its own tenant.
        if (context.Grain is ITenantOwned && context.SourceId != context.TargetId)
        {
            var key = context.TargetId.Key.ToString()!;
            var owner = new TenantId(key.IndexOf('/', StringComparison.Ordinal) is >= 0 and var cut ? key[..cut] : key);
            if (!TenantScope.Allows(owner))
            {
                throw new UnauthorizedAccessException(
                    $"{context.InterfaceName}.{context.MethodName} of tenant '{owner}' was called for {TenantScope.Describe()}.");
            }
        }
        return context.Invoke();
    }
}
