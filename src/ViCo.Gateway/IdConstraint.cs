using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.AspNetCore.Http.Metadata;

namespace ViCo.Gateway;

/// <summary>Route constraint <c>id</c>: what may stand for a concept, job, photo or picture. Anything else is no route of ours: 404 before any grain is asked.</summary>
internal sealed class IdConstraint : IRouteConstraint
{
    public static bool Fits(string? id) => id is { Length: >= 1 and <= 80 } && id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        Fits(values[routeKey]?.ToString());
}

internal static class SmallBodies
{
    /// <summary>A JSON body of at most 64 KiB.</summary>
    public static RouteHandlerBuilder Small(this RouteHandlerBuilder route) => route.WithMetadata(new BodyLimit(64 * 1024));
}

/// <summary>The largest request body of a route, in bytes.</summary>
internal sealed record BodyLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
