using Microsoft.AspNetCore.Routing.Constraints;

namespace ViCo.Gateway;

/// <summary>Route constraint <c>id</c>: what may stand for a concept, job, photo or picture.</summary>
/// <remarks>Anything else is no route of ours: 404 before any grain is asked.</remarks>
internal sealed class IdConstraint : IRouteConstraint
{
    public static bool Fits(string? id) => id is { Length: >= 1 and <= 80 } && id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values,
        RouteDirection routeDirection) =>
        Fits(values[routeKey]?.ToString());
}
