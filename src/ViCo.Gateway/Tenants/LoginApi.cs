using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Http;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>A browser's way in and out: by key, or by a one-time link.</summary>
internal static class LoginApi
{
    public static void MapLogin(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/login", ByKey).WithSummary("Signs a browser in with an API key.").WithTags("Session")
            .AllowAnonymous().Limited(RateLimits.Login).Small().Knows();
        routes.MapGet("/login/{token}", ByLink).AllowAnonymous().Limited(RateLimits.Login).ExcludeFromDescription();
        var group = routes.MapGroup("/").WithTags("Session").RequireAuthorization(Authentication.UserPolicy);
        group.MapGet("/session", Session).WithSummary("Who is signed in.").Knows();
        group.MapPost("/logout", Out).WithSummary("Signs a browser out.").Knows();
    }

    private static async Task<Results<Ok<SessionResponse>,
    ProblemHttpResult>> ByKey(LoginRequest body, HttpContext context, IGrainFactory grains)
    {
        if (!ApiKey.TryParse(body.Key.Trim(), out var key))
            return Problem.Of(401, "invalid_key", "That is no ViCo API key; it looks like vico_<tenant>_<key id>_<secret>.");
        var credential = Credential.Of(key);
        if (await credential.AuthenticateAsync(grains) is not { } role)
            return Problem.Of(401, "invalid_key", "This key is unknown or was revoked.");
        await SignInAsync(context, credential, role);
        return TypedResults.Ok(new SessionResponse(credential.Tenant.Value, role.ToString()));
    }

    private static async Task<IResult> ByLink(
        string token, HttpContext context, LoginLinks links, IGrainFactory grains, CancellationToken cancellationToken)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(context.Request.Method)) return TypedResults.Redirect("/");      // who only looks spends nothing
        if (await links.SpendAsync(token, cancellationToken) is not { } credential
            || await credential.AuthenticateAsync(grains) is not { } role)
            return TypedResults.Redirect("/?link=spent");
        await SignInAsync(context, credential, role);
        return TypedResults.Redirect("/");
    }

    private static Task SignInAsync(HttpContext context, Credential credential, KeyRole role) =>
        context.SignInAsync(
            Authentication.CookieScheme, GatewayClaims.Principal(credential, role, Authentication.CookieScheme), new()
            {
                IsPersistent = true,
            });

    private static Ok<SessionResponse> Session(ClaimsPrincipal user, CurrentTenant tenant) =>
        TypedResults.Ok(new SessionResponse(tenant.Id.Value, user.FindFirstValue(ClaimTypes.Role) ?? ""));

    private static async Task<NoContent> Out(ClaimsPrincipal user, HttpContext context)
    {
        await context.SignOutAsync(Authentication.CookieScheme);
        return TypedResults.NoContent();
    }
}

internal sealed record LoginRequest(string Key);
