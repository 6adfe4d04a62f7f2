using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Problems;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>Says to whoever may not what is wanted.</summary>
internal sealed class AccessRefused : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _otherwise = new();

    public Task HandleAsync(
        RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (!authorizeResult.Forbidden) return _otherwise.HandleAsync(next, context, policy, authorizeResult);
        context.Response.Headers.WWWAuthenticate = $"{ApiKeyHandler.Challenge}, error=\"insufficient_scope\"";
        return Answer(context.User, context.GetEndpoint()?.Metadata.GetMetadata<NeedsAttribute>()).ExecuteAsync(context);
    }

    private static string Role(ClaimsPrincipal user) => GatewayClaims.RoleOf(user).ToString().ToLowerInvariant();

    private static ProblemHttpResult Answer(ClaimsPrincipal user, NeedsAttribute? needs)
    {
        if (GatewayClaims.IsSuspended(user)) return Problem.Of(403, "tenant_suspended",
            $"The tenant '{user.FindFirstValue(GatewayClaims.Tenant)}' is suspended; whoever runs this server says why.");
        var wanted = string.Join(" or ", Scopes.NamesOf(needs?.Grants ?? Grants.None));
        return Problem.Of(403, "forbidden", needs?.IsMetBy(GatewayClaims.GrantsOf(user)) == true
            ? "This key belongs to no tenant; wanted: a key of one."
            : $"This key may not do that; wanted: the scope {wanted}, which its role '{Role(user)}' or its own scopes leave out.");
    }
}
