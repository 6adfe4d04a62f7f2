using ViCo.Gateway.Problems;
using ViCo.Options;

namespace ViCo.Gateway.Lists;

/// <summary>Routes that read: GET and HEAD, and no query parameter that they do not know.</summary>
internal static class ListRoutes
{
    private static readonly string[] _reads = [HttpMethods.Get, HttpMethods.Head];

    // Query parameters that may come several times.
    private static readonly string[] _several = ["state", "image"];

    /// <summary>Answers GET, and HEAD with the same headers.</summary>
    /// <param name="query">Every query parameter it knows: another one is refused, because its caller would believe that it works.</param>
    public static RouteHandlerBuilder MapRead(this IEndpointRouteBuilder routes, string pattern, Delegate handler, params string[] query) =>
        routes.MapMethods(pattern, _reads, handler).Knows(query);

    /// <summary>Refuses query parameters but these, and what comes twice where one is taken.</summary>
    public static RouteHandlerBuilder Knows(this RouteHandlerBuilder route, params string[] query) =>
        route.WithMetadata(new KnownQuery(query)).AddEndpointFilter(async (context, next) =>
            context.HttpContext.Request.Query.Keys.Except(query, StringComparer.Ordinal).ToArray() is [var first, ..] unknown
                ? Problem.Of(400, "unknown_parameter",
                    string.Join(' ', unknown.Select(name => InWords(name, query, context.HttpContext.Request.Path))),
                    new Dictionary<string, object?>
                    {
                        ["field"] = first, ["errors"] =
                            unknown.ToDictionary(name => name, name => new[] { InWords(name, query, context.HttpContext.Request.Path) }),
                    })
                : Problem.Fields([.. context.HttpContext.Request.Query.Where(one => one.Value.Count > 1 && !_several.Contains(one.Key))
                    .Select(one => new OptionProblem(one.Key, $"Field '{one.Key}' came {one.Value.Count} times; wanted: once."))])
                ?? await next(context));

    private static string InWords(string unknown, string[] query, PathString path) => query.Length == 0
        ? $"There is no query parameter '{unknown}'; {path} takes none."
        : $"There is no query parameter '{unknown}'; known: {string.Join(", ", query)}.";
}
