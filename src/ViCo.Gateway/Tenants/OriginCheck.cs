using Microsoft.Net.Http.Headers;
using ViCo.Gateway.Problems;

namespace ViCo.Gateway.Tenants;

/// <summary>What a cookie stands for may only be asked by our own pages: writes, sockets and sign-ins must come from this origin.</summary>
/// <remarks>
/// The second lock beside SameSite=Strict. Callers with a key carry no cookie that a foreign page could borrow and pass. Host and port are
/// compared, not the scheme: before us TLS may have ended.
/// </remarks>
internal static class OriginCheck
{
    public static void UseOriginCheck(this IApplicationBuilder app) => app.Use(CheckAsync);

    /// <summary>Whether the request comes from a page of this address.</summary>
    public static bool IsOurs(HttpRequest request) =>
        Origin(request) is { Length: > 0 } origin
            ? Uri.TryCreate(origin, UriKind.Absolute, out var from)
                && string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase)
            : request.Headers["Sec-Fetch-Site"] == "same-origin";

    private static Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        // Who signs in has no cookie yet; programs that do so name no origin.
        var signsIn = context.GetEndpoint()?.Metadata.GetMetadata<OwnPages>() is not null && Origin(request).Length > 0;
        if ((reads && !OpensSocket(request))
            || (context.User.Identity?.AuthenticationType != Authentication.CookieScheme && !signsIn)
            || IsOurs(request))
            return next(context);
        return Problem.Of(403, "foreign_origin",
            $"The request comes from '{Origin(request)}'; with a cookie it must come from {request.Host}.")
            .ExecuteAsync(context);
    }

    /// <summary>
    /// A GET that asks to become a socket (RFC 6455 §4.1). The middleware that says so comes later, inside the hub's own route; over
    /// HTTP/2 it is a CONNECT, which is no read.
    /// </summary>
    private static bool OpensSocket(HttpRequest request) =>
        request.Headers.GetCommaSeparatedValues(HeaderNames.Upgrade).Contains("websocket", StringComparer.OrdinalIgnoreCase);

    private static string Origin(HttpRequest request) => request.Headers[HeaderNames.Origin].ToString();
}
