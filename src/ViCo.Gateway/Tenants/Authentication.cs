using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Net.Http.Headers;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>
/// Callers prove who they are by API key (programs) or cookie (browsers); every route names its policy and the scope that it wants.
/// </summary>
internal static class Authentication
{
    public const string KeyScheme = "vico-key", TokenScheme = "vico-token", CookieScheme = "vico-cookie";

    /// <summary>Of a tenant: only for whoever belongs to one that is not suspended.</summary>
    public const string TenantPolicy = "tenant";

    /// <summary>Of the installation: operators', whatever their tenant.</summary>
    public const string InstallationPolicy = "installation";

    private const string EitherScheme = "vico";

    public static void AddViCoAuthentication(this IServiceCollection services)
    {
        services.AddAuthentication(EitherScheme)
            .AddPolicyScheme(EitherScheme, null, scheme =>
                scheme.ForwardDefaultSelector = context => ScopedTokenHandler.ShownBy(context) is not null ? TokenScheme
                    : context.Request.Headers.ContainsKey(HeaderNames.Authorization) ? KeyScheme : CookieScheme)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(KeyScheme, null)
            .AddScheme<AuthenticationSchemeOptions, ScopedTokenHandler>(TokenScheme, null)
            .AddScheme<AuthenticationSchemeOptions, SessionHandler>(CookieScheme, null);

        services.AddSingleton(KeyRingSetup.OpenSecret);
        services.AddViCoKeyRing();

        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().RequireAssertion(HasNoRoute).Build())
            .AddPolicy(TenantPolicy, policy => policy.AddRequirements(
                new Access(user => GatewayClaims.IsOfTenant(user) && !GatewayClaims.IsSuspended(user))))
            .AddPolicy(InstallationPolicy, policy => policy.AddRequirements(
                new Access(user => user.Identity is { IsAuthenticated: true })));
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AccessRefused>();
        services.AddSingleton<KnownTenants>();
        services.AddSingleton<Guesses>();
        services.AddSingleton<Callers>();
        services.AddSingleton<InstallationStore>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<TenantReceipts>();
        services.AddSingleton<TenantDeletions>();
        services.AddHostedService(provider => provider.GetRequiredService<TenantDeletions>());
        services.AddSingleton<Standing>();
        services.AddHostedService(provider => provider.GetRequiredService<Standing>());
        services.AddSingleton<ScopedTokens>();
        services.AddSingleton<LoginLinks>();
        services.AddSingleton(provider => new FirstStart(
            provider.GetRequiredService<IGrainFactory>(), provider.GetRequiredService<LoginLinks>(),
            provider.GetRequiredService<InstallationStore>()));
    }

    /// <summary>A route without a policy is refused; what matches no route goes on to its 404, 405 or 415.</summary>
    /// <remarks>Routing answers 405 and 415 by endpoints of its own, which are no <see cref="RouteEndpoint"/>.</remarks>
    private static bool HasNoRoute(AuthorizationHandlerContext context) =>
        context.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint;
}
