using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using ViCo.Gateway.Problems;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>Short-lived tokens, where a route takes them: in the address, or as bearer where a client can set headers.</summary>
internal sealed class ScopedTokenHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, IGrainFactory grains,
    ScopedTokens tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private const string Bearer = "Bearer ";

    /// <summary>The token that a request shows and its route takes, or null.</summary>
    public static string? ShownBy(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (header.StartsWith($"{Bearer}{ScopedTokens.Prefix}", StringComparison.OrdinalIgnoreCase)) return header[Bearer.Length..].Trim();
        if (header.Length > 0 || context.Features.Get<QuerySecrets>() is not { } secrets) return null;
        return Taken(context) switch
        {
            QuerySecrets.AccessTokenName => secrets.AccessToken,
            QuerySecrets.SignatureName => secrets.Signature,
            _ => null,
        };
    }

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var shown = ShownBy(Context)!;
        if (ApiKey.TryParse(shown, out _)) return AuthenticateResult.Fail(
            "A key does not belong in an address: make a token with POST /tokens.");
        if (tokens.Read(shown) is not { } token) return AuthenticateResult.Fail("The token is unknown or has expired.");
        var isSignature = token.Scope.Kind == ScopeKind.Path;
        if (Taken(Context) != (isSignature ? QuerySecrets.SignatureName : QuerySecrets.AccessTokenName))
            return AuthenticateResult.Fail(isSignature ? "A signature opens its own address only."
                : "A token opens live events only: the hub and event streams.");
        if (isSignature && token.Scope.Value != Request.Path) return AuthenticateResult.Fail("The signature is another address's.");
        if (await token.Credential.RecallAsync(grains) is not { } caller)
            return AuthenticateResult.Fail("The key that the token was made with is revoked.");

        var principal = GatewayClaims.Principal(
            token.Credential.Home, caller with { Grants = caller.Grants & token.Scope.Grants }, Scheme.Name);
        var expires = token.Expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        ((ClaimsIdentity)principal.Identity!)
            .AddClaims([new(GatewayClaims.Scope, token.Scope.ToString()), new(GatewayClaims.Expires, expires)]);
        if (isSignature) Response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        return AuthenticateResult.Success(new(principal, new() { ExpiresUtc = token.Expires }, Scheme.Name));
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var failure = (await HandleAuthenticateOnceSafeAsync()).Failure?.Message ?? "The token does not do here.";
        await ApiKeyHandler.RefuseTokenAsync(Context, failure);
    }

    private static string? Taken(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<TakesSecret>()?.Name;
}
