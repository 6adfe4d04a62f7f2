using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Routing.Template;

namespace ViCo.Gateway.Http;

/// <summary>The routes at a path, whatever their method: what <c>Allow</c>, OPTIONS and the words of 405 and 415 are made from.</summary>
internal sealed class RoutesAt(EndpointDataSource endpoints, ParameterPolicyFactory policies)
{
    private static readonly string[] _order = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    // A hub's own path has no methods: its transports take these.
    private static readonly string[] _anyMethod = ["GET", "POST", "DELETE"];

    private readonly Lazy<IReadOnlyList<KnownRoute>> _routes =
        new(() => [.. endpoints.Endpoints.OfType<RouteEndpoint>().Select(KnownRoute.Of)]);

    /// <summary>The routes whose pattern and constraints the request's path meets.</summary>
    public IEnumerable<RouteEndpoint> Find(HttpContext context) => Find(context, context.Request.Path);

    /// <summary>The routes at another path than the request's.</summary>
    public IEnumerable<RouteEndpoint> Find(HttpContext context, PathString path) =>
        _routes.Value.Where(route => route.Meets(context, path, policies)).Select(route => route.Endpoint);

    /// <summary>The methods that the request's path takes, OPTIONS among them; none where there is no route.</summary>
    public IReadOnlyList<string> MethodsOf(HttpContext context)
    {
        var methods = Find(context).SelectMany(MethodsOf).ToHashSet(StringComparer.Ordinal);
        if (methods.Count > 0) methods.Add(HttpMethods.Options);
        return [.. _order.Where(methods.Contains)];
    }

    public static IReadOnlyList<string> MethodsOf(RouteEndpoint route) => route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods
        ?? _anyMethod;

    private sealed record KnownRoute(RouteEndpoint Endpoint, RoutePattern Pattern, TemplateMatcher Matcher)
    {
        public static KnownRoute Of(RouteEndpoint route) =>
            new(route, route.RoutePattern,
                new(new RouteTemplate(route.RoutePattern), new RouteValueDictionary(route.RoutePattern.Defaults)));

        public bool Meets(HttpContext context, PathString path, ParameterPolicyFactory policies)
        {
            var values = new RouteValueDictionary();
            return Matcher.TryMatch(path, values)
                && Pattern.ParameterPolicies.All(named => named.Value.All(reference =>
                    policies.Create(Pattern.GetParameter(named.Key), reference) is not IRouteConstraint constraint
                    || constraint.Match(context, null, named.Key, values, RouteDirection.IncomingRequest)));
        }
    }
}
