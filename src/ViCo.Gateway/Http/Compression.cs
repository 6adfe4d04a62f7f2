using Microsoft.AspNetCore.ResponseCompression;

namespace ViCo.Gateway.Http;

/// <summary>Brotli or gzip for texts, as <c>Accept-Encoding</c> rates them.</summary>
/// <remarks>
/// GET alone: what is told once (a key, a token) answers a POST, so no compressed body holds a secret beside what a stranger chose,
/// and its length tells nothing (BREACH). Streams and pictures stay as they are.
/// </remarks>
internal static class Compression
{
    public static void AddViCoCompression(this IServiceCollection services) => services.AddResponseCompression(options =>
    {
        options.EnableForHttps = true;
        options.MimeTypes = ["application/json", "application/problem+json", "application/openapi+json", "text/html", "text/css",
            "text/javascript", "text/plain", "image/svg+xml"];
    });

    public static void UseViCoCompression(this WebApplication app) =>
        app.UseWhen(context => HttpMethods.IsGet(context.Request.Method), branch => branch.UseResponseCompression());
}
