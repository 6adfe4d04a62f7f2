using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace ViCo.Gateway.Tenants;

/// <summary>Browsers, by the cookie of their session.</summary>
internal sealed class SessionHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, Sessions sessions)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync() =>
        await sessions.ReadAsync(Request) is { } cookie && await sessions.UseAsync(cookie) is { } caller
            ? AuthenticateResult.Success(new(GatewayClaims.Principal(cookie.Home, caller, Scheme.Name),
                new() { ExpiresUtc = caller.Expires }, Scheme.Name))
            : AuthenticateResult.NoResult();

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = ApiKeyHandler.Challenge;
        return Task.CompletedTask;
    }
}
