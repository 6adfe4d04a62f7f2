using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Problems;
using ViCo.Options;

namespace ViCo.Gateway.Lists;

/// <summary>The query parameters that a route takes.</summary>
internal sealed record KnownQuery(IReadOnlyList<string> Names)
{
    // Query parameters that may come several times.
    private static readonly string[] _several = ["state", "image"];

    /// <summary>Refuses a parameter that the route does not take, and what comes twice where one is taken.</summary>
    /// <remarks>Needs routing before it.</remarks>
    public static Task CheckAsync(HttpContext context, RequestDelegate next) =>
        context.Request.Query.Count > 0
        && context.GetEndpoint()?.Metadata.GetMetadata<KnownQuery>()?.ProblemOf(context.Request) is { } problem
            ? problem.ExecuteAsync(context) : next(context);

    private ProblemHttpResult? ProblemOf(HttpRequest request)
    {
        var query = request.Query;
        string[] unknown = [.. query.Keys.Where(name => !Names.Contains(name, StringComparer.Ordinal))];
        if (unknown.Length == 0)
            return Problem.Fields([.. query.Where(one => one.Value.Count > 1 && !_several.Contains(one.Key))
                .Select(one => new OptionProblem(one.Key, $"Field '{one.Key}' came {one.Value.Count} times; wanted: once."))]);
        return Problem.Of(400, "unknown_parameter", string.Join(' ', unknown.Select(InWords)), new Dictionary<string, object?>
        {
            ["field"] = unknown[0],
            ["errors"] = unknown.ToDictionary(name => name, name => new[] { InWords(name) }),
        });

        string InWords(string name) => Names.Count == 0
            ? $"There is no query parameter '{name}'; {request.Path} takes none."
            : $"There is no query parameter '{name}'; known: {string.Join(", ", Names)}.";
    }
}
