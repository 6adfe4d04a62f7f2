using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Features;

namespace ViCo.Gateway.Tenants;

/// <summary>Tokens that browsers can only send in an address: EventSource, WebSocket and <c>&lt;img&gt;</c> set no header.</summary>
/// <param name="AccessToken">Of the hub and of streams.</param>
/// <param name="Signature">Of a signed address.</param>
internal sealed record QuerySecrets(string? AccessToken, string? Signature)
{
    public const string AccessTokenName = "access_token", SignatureName = "signature";
}

internal static class QuerySecretRoutes
{
    /// <summary>Live events: <c>?access_token=</c>, as SignalR's and EventSource's users send it.</summary>
    public static TBuilder TakesTokens<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new TakesSecret(QuerySecrets.AccessTokenName));

    /// <summary>A picture: <c>?signature=</c>.</summary>
    public static TBuilder TakesSignatures<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new TakesSecret(QuerySecrets.SignatureName));

    /// <summary>
    /// Takes tokens off the address before anything else sees it: logs, traces and later parts know the request without them.
    /// </summary>
    public static void UseQuerySecrets(this WebApplication app) => app.Use((context, next) =>
    {
        var request = context.Request;
        var query = request.Query;
        if (query.ContainsKey(QuerySecrets.AccessTokenName) || query.ContainsKey(QuerySecrets.SignatureName))
        {
            context.Features.Set(new QuerySecrets(query[QuerySecrets.AccessTokenName], query[QuerySecrets.SignatureName]));
            request.QueryString =
                new QueryBuilder(query.Where(p => p.Key is not (QuerySecrets.AccessTokenName or QuerySecrets.SignatureName)))
                .ToQueryString();
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget =
                UriHelper.BuildRelative(request.PathBase, request.Path, request.QueryString);
        }
        return next(context);
    });
}
