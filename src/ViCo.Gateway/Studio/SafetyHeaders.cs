using Microsoft.Net.Http.Headers;
using ViCo.Gateway.Http;

namespace ViCo.Gateway.Studio;

/// <summary>What browsers are told about every answer: no foreign script, no frame, no sniffing.</summary>
internal static class SafetyHeaders
{
    private const string Own =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; font-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>
    /// The API browser starts itself by an inline script and styles itself inline; it holds no cookie that scripts could read.
    /// </summary>
    private const string Docs =
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src "
            + "'self' data:; "
        + "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Set when the answer starts: an error clears what was set before it.</summary>
    public static void UseSafetyHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(static state =>
        {
            var context = (HttpContext)state;
            var headers = context.Response.Headers;
            var docs = context.Request.Path.StartsWithSegments("/docs");
            headers.ContentSecurityPolicy = docs ? Docs : Own;
            if (!docs) headers.TryAdd(HeaderNames.CacheControl, "no-store");    // what may be kept says so itself
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
            headers.TryAdd("Cross-Origin-Resource-Policy", "same-origin");
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers[ApiVersion.Header] = ApiVersion.Number;
            return Task.CompletedTask;
        }, context);
        return next(context);
    });
}
