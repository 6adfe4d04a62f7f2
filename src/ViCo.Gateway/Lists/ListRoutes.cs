namespace ViCo.Gateway.Lists;

/// <summary>Routes that read: GET and HEAD, and no query parameter that they do not know.</summary>
internal static class ListRoutes
{
    private static readonly string[] _reads = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Answers GET, and HEAD with the same headers.</summary>
    /// <param name="query">Every query parameter it knows: another one is refused, because its caller would believe that it works.</param>
    public static RouteHandlerBuilder MapRead(this IEndpointRouteBuilder routes, string pattern, Delegate handler, params string[] query) =>
        routes.MapMethods(pattern, _reads, handler).Knows(query);

    /// <summary>Refuses query parameters but these, and what comes twice where one is taken.</summary>
    public static RouteHandlerBuilder Knows(this RouteHandlerBuilder route, params string[] query) =>
        route.WithMetadata(new KnownQuery(query));
}
