using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Http;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>A browser's way in and out: by key, or by a one-time link; and where else it is signed in.</summary>
internal static class LoginApi
{
    public static void MapLogin(this IEndpointRouteBuilder routes)
    {
        // What signs in or out is never answered from memory.
        var open = routes.MapGroup("/").WithMetadata(new SecretAnswer(), new OwnPages()).AllowAnonymous();
        open.MapPost("/login", ByKey).WithSummary("Signs a browser in with an API key.").WithTags("Session")
            .Limited(RateLimits.Login).Small().Knows();
        open.MapGet("/login/{token}", ByLink).Limited(RateLimits.Login).ExcludeFromDescription();
        var group = routes.MapGroup("/").WithTags("Session").RequireAuthorization(Authentication.InstallationPolicy);
        group.MapGet("/session", Session).WithSummary("Who is signed in, and what it may.").Needs(Grants.SessionsRead).Knows();
        group.MapPost("/logout", Out).WithSummary("Signs a browser out: its cookie opens nothing any more, wherever it was copied to.")
            .WithMetadata(new SecretAnswer()).Needs(Grants.SessionsWrite).Knows();
        group.MapGet("/sessions", List).WithSummary("The browsers that are signed in with the caller's key, newest first.")
            .Needs(Grants.SessionsRead).Knows();
        group.MapDelete("/sessions/{session:id}", End).WithSummary("Signs one of those browsers out.").Needs(Grants.SessionsWrite).Knows();
    }

    private static async Task<Results<Ok<SessionResponse>, ProblemHttpResult>> ByKey(
        LoginRequest body, HttpContext context, Callers callers, Sessions sessions)
    {
        if (!ApiKey.TryParse(body.Key.Trim(), out var key))
            return Problem.Of(401, "invalid_key", "That is no ViCo API key; it looks like vico_<tenant>_<key id>_<secret>.");
        if (await callers.IdentifyAsync(key, context) is not { } caller)
            return Problem.Of(401, "invalid_key", "This key is unknown or was revoked.");
        await sessions.SignInAsync(context, key.Tenant, caller.KeyId);
        return TypedResults.Ok(SessionResponse.Of(GatewayClaims.Principal(key.Tenant, caller, Authentication.CookieScheme)));
    }

    private static async Task<IResult> ByLink(
        string token, HttpContext context, LoginLinks links, Sessions sessions, IGrainFactory grains, CancellationToken cancellationToken)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(context.Request.Method)) return TypedResults.Redirect("/");      // who only looks spends nothing
        if (await links.SpendAsync(token, cancellationToken) is not { } credential || await credential.RecallAsync(grains) is null)
            return TypedResults.Redirect("/?link=spent");
        await sessions.SignInAsync(context, credential.Home, credential.Id);
        return TypedResults.Redirect("/");
    }

    private static Ok<SessionResponse> Session(ClaimsPrincipal user) => TypedResults.Ok(SessionResponse.Of(user));

    private static async Task<NoContent> Out(HttpContext context, Sessions sessions)
    {
        await sessions.SignOutAsync(context);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<SessionList>> List(KeyHome home) =>
        TypedResults.Ok(new SessionList(await home.Tenant().GetSessions(home.KeyId)));

    private static async Task<Results<NoContent, ProblemHttpResult>> End(string session, KeyHome home) =>
        await home.Tenant().EndSession(home.KeyId, session) ? TypedResults.NoContent() : Problem.NotFound("session", session);
}

internal sealed record LoginRequest(string Key);
