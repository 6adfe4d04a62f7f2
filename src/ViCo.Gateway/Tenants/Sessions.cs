using Microsoft.Extensions.Options;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>Browsers that are signed in: each has a session of its own on the server, and a cookie that leads there.</summary>
internal sealed class Sessions(IGrainFactory grains, KnownTenants tenants, InstallationStore installation, IOptions<GatewayOptions> options)
{
    private const int MaxAgent = 200;

    /// <summary>Named by installation: two on one host leave each other's browsers signed in.</summary>
    public async Task<string> CookieNameAsync() => $"vico-{await installation.IdAsync()}";

    public async Task<SessionCookie?> ReadAsync(HttpRequest request) =>
        SessionCookie.Read(request.Cookies[await CookieNameAsync()]);

    /// <summary>Whom the cookie stands for; null: its session was ended or has ended, or its key was revoked.</summary>
    public async Task<Caller?> UseAsync(SessionCookie cookie) =>
        await tenants.ContainsAsync(cookie.Home) ? await new CurrentTenant(cookie.Home, grains).Tenant().UseSession(cookie.Hash) : null;

    /// <summary>Opens a session, always a new one; what the browser had before ends.</summary>
    public async Task SignInAsync(HttpContext context, TenantId home, string keyId)
    {
        await EndAsync(context.Request);
        var cookie = SessionCookie.New(home);
        var agent = context.Request.Headers.UserAgent.ToString();
        await new CurrentTenant(home, grains).Tenant().OpenSession(
            cookie.Hash, keyId, options.Value.SignIn, options.Value.SignInIdle,
            agent.Length == 0 ? null : agent[..Math.Min(agent.Length, MaxAgent)]);
        context.Response.Cookies.Append(await CookieNameAsync(), cookie.Write(), Attributes(context, options.Value.SignIn));
    }

    /// <summary>Ends the session on the server and takes the cookie away.</summary>
    public async Task SignOutAsync(HttpContext context)
    {
        await EndAsync(context.Request);
        context.Response.Cookies.Delete(await CookieNameAsync(), Attributes(context, null));
    }

    private async Task EndAsync(HttpRequest request)
    {
        if (await ReadAsync(request) is not { } cookie || await UseAsync(cookie) is not { } caller) return;
        await new CurrentTenant(cookie.Home, grains).Tenant().EndSession(caller.KeyId, SessionView.IdOf(cookie.Hash));
    }

    private static CookieOptions Attributes(HttpContext context, TimeSpan? lasts) => new()
    {
        HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", MaxAge = lasts, IsEssential = true,
        Secure = context.Request.IsHttps,                                   // the all-in-one host listens on plain loopback
    };
}
