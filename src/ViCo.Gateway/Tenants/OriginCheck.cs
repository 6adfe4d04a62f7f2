using Microsoft.Net.Http.Headers;
using ViCo.Gateway.Problems;

namespace ViCo.Gateway.Tenants;

/// <summary>What a cookie stands for may only be asked by our own pages: writes and sockets must come from this origin.</summary>
/// <remarks>
/// The second lock beside SameSite=Strict. Callers with a key carry no cookie that a foreign page could borrow and pass. Host and port are
/// compared, not the scheme: before us TLS may have ended.
/// </remarks>
internal sealed class OriginCheck : IMiddleware
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        if ((reads && !context.WebSockets.IsWebSocketRequest)
            || context.User.Identity?.AuthenticationType != Authentication.CookieScheme
            || IsOurs(request))
        {
            await next(context);
            return;
        }
        await Problem.Of(403, "foreign_origin",
            $"The request comes from '{Origin(request)}'; with a cookie it must come from {request.Host}.")
            .ExecuteAsync(context);
    }

    /// <summary>Whether the request comes from a page of this address.</summary>
    public static bool IsOurs(HttpRequest request) =>
        Origin(request) is { Length: > 0 } origin
            ? Uri.TryCreate(origin, UriKind.Absolute, out var from)
                && string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase)
            : request.Headers["Sec-Fetch-Site"] == "same-origin";

    private static string Origin(HttpRequest request) => request.Headers[HeaderNames.Origin].ToString();
}
