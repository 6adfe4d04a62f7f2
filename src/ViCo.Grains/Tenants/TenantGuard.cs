using System.Collections.Concurrent;
using System.Reflection;

namespace ViCo.Grains.Tenants;

/// <summary>
/// Refuses calls to a tenant's grains that come for another tenant or for nobody, and from outside those whose caller lacks the scope.
/// </summary>
internal sealed class TenantGuard : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<MethodInfo, NeedsAttribute?> _needs = [];

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
            // What a grain asks another on the way belongs to the call that was let in.
            var fromOutside = context.SourceId is not { } source || source.IsClient();
            var needs = _needs.GetOrAdd(context.InterfaceMethod, method => method.GetCustomAttribute<NeedsAttribute>());
            if (fromOutside && !TenantScope.Meets(needs))
            {
                throw new UnauthorizedAccessException(
                    $"{context.InterfaceName}.{context.MethodName} of tenant '{owner}' needs {needs?.Grants ?? Grants.None}.");
            }
        }
        return context.Invoke();
    }
}
