using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>Callers prove who they are by API key (programs) or cookie (browsers); every route names the policy it wants.</summary>
internal static class Authentication
{
    public const string KeyScheme = "vico-key", TokenScheme = "vico-token", CookieScheme = "vico-cookie", UserPolicy = "user",
    AdminPolicy = "admin";

    private const string EitherScheme = "vico";

    public static void AddViCoAuthentication(this IServiceCollection services)
    {
        services.AddAuthentication(EitherScheme)
            .AddPolicyScheme(EitherScheme, null, scheme =>
                scheme.ForwardDefaultSelector = context => ScopedTokenHandler.ShownBy(context) is not null ? TokenScheme
                    : context.Request.Headers.ContainsKey(HeaderNames.Authorization) ? KeyScheme : CookieScheme)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(KeyScheme, null)
            .AddScheme<AuthenticationSchemeOptions, ScopedTokenHandler>(TokenScheme, null)
            .AddCookie(CookieScheme);
        services.AddOptions<CookieAuthenticationOptions>(CookieScheme).Configure<IOptions<GatewayOptions>>(Cookie);

        services.AddDataProtection().SetApplicationName("ViCo");
        services.AddOptions<KeyManagementOptions>()
            .Configure<Grains.Storage.IBlobStore>((keys, blobs) => keys.XmlRepository = new BlobKeyRing(blobs));

        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().RequireAssertion(HasNoRoute).Build())
            .AddPolicy(UserPolicy, policy => policy.RequireAuthenticatedUser().RequireClaim(GatewayClaims.Tenant))
            .AddPolicy(AdminPolicy, policy =>
                policy.RequireAuthenticatedUser().RequireClaim(GatewayClaims.Tenant).RequireRole(nameof(KeyRole.Admin)));
        services.AddSingleton<ScopedTokens>();
        services.AddSingleton<LoginLinks>();
        services.AddSingleton(provider =>
            new FirstStart(provider.GetRequiredService<IGrainFactory>(), provider.GetRequiredService<LoginLinks>()));
    }

    /// <summary>A route without a policy is refused; what matches no route goes on to its 404, 405 or 415.</summary>
    /// <remarks>Routing answers 405 and 415 by endpoints of its own, which are no <see cref="RouteEndpoint"/>.</remarks>
    private static bool HasNoRoute(AuthorizationHandlerContext context) =>
        context.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint;

    private static void Cookie(CookieAuthenticationOptions cookie, IOptions<GatewayOptions> options)
    {
        cookie.Cookie.Name = "vico";
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.SameSite = Microsoft.AspNetCore.Http.SameSiteMode.Strict;
        cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;      // the all-in-one host listens on plain loopback
        cookie.ExpireTimeSpan = options.Value.SignIn;
        cookie.SlidingExpiration = true;
        cookie.Events.OnRedirectToLogin = context => Status(context, StatusCodes.Status401Unauthorized);
        cookie.Events.OnRedirectToAccessDenied = context => Status(context, StatusCodes.Status403Forbidden);
        cookie.Events.OnValidatePrincipal = async context =>                // a revoked key signs its browsers out at once
        {
            var grains = context.HttpContext.RequestServices.GetRequiredService<IGrainFactory>();
            if (GatewayClaims.CredentialOf(context.Principal) is not { } credential || await credential.AuthenticateAsync(grains) is null)
                context.RejectPrincipal();
        };

        static Task Status(RedirectContext<CookieAuthenticationOptions> context, int status)
        {
            context.Response.StatusCode = status;
            if (status == StatusCodes.Status401Unauthorized) context.Response.Headers.WWWAuthenticate = ApiKeyHandler.Challenge;
            return Task.CompletedTask;
        }
    }
}
