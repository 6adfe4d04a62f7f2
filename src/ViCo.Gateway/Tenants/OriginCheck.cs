using Microsoft.Net.Http.Headers;
using ViCo.Gateway.Problems;

namespace ViCo.Gateway.Tenants;

/// <summary>What a cookie stands for may only be asked by our own pages: writes and sockets must come from this origin.</summary>
/// <remarks>The second lock beside SameSite=Strict. Callers with a key carry no cookie that a foreign page could borrow and pass.</remarks>
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
        await Problem.Of(403, "foreign_origin", $"The request comes from '{Origin(request)}'; with a cookie it must come from {Own(request)}.")
            .ExecuteAsync(context);
    }

    private static bool IsOurs(HttpRequest request) =>
        Origin(request) is { Length: > 0 } origin
            ? string.Equals(origin, Own(request), StringComparison.OrdinalIgnoreCase)
            : request.Headers["Sec-Fetch-Site"] == "same-origin";

    private static string Origin(HttpRequest request) => request.Headers[HeaderNames.Origin].ToString();

    private static string Own(HttpRequest request) => $"{request.Scheme}://{request.Host}";
}
