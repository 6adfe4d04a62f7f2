using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using ViCo.Gateway.Problems;

namespace ViCo.Gateway.Tenants;

/// <summary><c>Authorization: Bearer vico_…</c></summary>
/// <remarks>
/// Who sends no key and whose key holds no longer are told apart (RFC 6750 §3.1): the one signs in, the other asks for a new key.
/// </remarks>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, Callers callers)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Challenge = "Bearer realm=\"ViCo\"";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return AuthenticateResult.NoResult();
        if (!ApiKey.TryParse(header["Bearer ".Length..].Trim(), out var key)) return AuthenticateResult.Fail(
            "The bearer token is no ViCo API key.");

        return await callers.IdentifyAsync(key, Context) is { } caller
            ? AuthenticateResult.Success(new(GatewayClaims.Principal(key.Tenant, caller, Scheme.Name), Scheme.Name))
            : AuthenticateResult.Fail("The key is unknown or revoked.");
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if ((await HandleAuthenticateOnceSafeAsync()).Failure is { Message: var failure })
        {
            await RefuseTokenAsync(Context, failure);
            return;
        }
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = Challenge;
    }

    /// <summary>401 to a bearer who showed something that does not hold.</summary>
    public static Task RefuseTokenAsync(HttpContext context, string failure)
    {
        context.Response.Headers.WWWAuthenticate = $"{Challenge}, error=\"invalid_token\", error_description=\"{failure}\"";
        return Problem.Of(401, "invalid_token", failure).ExecuteAsync(context);
    }
}
