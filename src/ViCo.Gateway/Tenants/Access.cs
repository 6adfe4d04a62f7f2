using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>What every policy asks: that the caller has the scope that the route names. A route that names none is nobody's.</summary>
/// <param name="caller">What the policy asks of the caller besides.</param>
internal sealed class Access(Func<ClaimsPrincipal, bool> caller) : AuthorizationHandler<Access>, IAuthorizationRequirement
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, Access requirement)
    {
        if (caller(context.User) && context.Resource is HttpContext http
            && http.GetEndpoint()?.Metadata.GetMetadata<NeedsAttribute>() is { } needs
            && needs.IsMetBy(GatewayClaims.GrantsOf(context.User))) context.Succeed(requirement);
        return Task.CompletedTask;
    }
}
