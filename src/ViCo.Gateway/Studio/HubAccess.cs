using System.Reflection;
using Microsoft.AspNetCore.SignalR;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Studio;

/// <summary>Calls of the hub go to whoever has the scope that the method names; one that names none is nobody's.</summary>
internal sealed class HubAccess : IHubFilter
{
    public ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next) =>
        invocationContext.HubMethod.GetCustomAttribute<NeedsAttribute>() is { } needs
        && needs.IsMetBy(GatewayClaims.GrantsOf(invocationContext.Context.User!))
            ? next(invocationContext)
            : throw new HubException($"This key may not call {invocationContext.HubMethodName}.");
}
