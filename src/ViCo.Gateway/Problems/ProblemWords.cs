using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using ViCo.Gateway.Http;

namespace ViCo.Gateway.Problems;

/// <summary>What a bare status means, in a sentence.</summary>
internal static class ProblemWords
{
    public static string? Of(int status, HttpContext context) => status switch
    {
        StatusCodes.Status400BadRequest => "The request is damaged: it ends early, or its parts do not fit together.",
        StatusCodes.Status401Unauthorized =>
            "No API key and no sign-in came with the request; send 'Authorization: Bearer vico_…' or sign in at /login.",
        StatusCodes.Status403Forbidden => "This key may not do that.",
        StatusCodes.Status404NotFound => $"There is nothing at {context.Request.Path}.",
        StatusCodes.Status405MethodNotAllowed =>
            $"{context.Request.Path} does not take {context.Request.Method}; wanted: "
                + $"{string.Join(", ", Routes(context).MethodsOf(context))}.",
        StatusCodes.Status408RequestTimeout => "The body came too slowly.",
        StatusCodes.Status412PreconditionFailed => $"What is at {context.Request.Path} has another ETag than If-Match names.",
        StatusCodes.Status413PayloadTooLarge => TooLarge(context),
        StatusCodes.Status415UnsupportedMediaType =>
            $"The request's Content-Type is '{context.Request.ContentType ?? "missing"}'; wanted: {string.Join(" or ", Types(context))}.",
        StatusCodes.Status416RangeNotSatisfiable =>
            $"Range is '{context.Request.Headers.Range}'; what is there is told as {context.Response.Headers.ContentRange}.",
        StatusCodes.Status429TooManyRequests => $"Too many requests came; wait for {context.Response.Headers.RetryAfter} s.",
        _ => null,
    };

    public static string TooLarge(HttpContext context)
    {
        var limit = context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
        return $"The request is larger than the {limit} bytes that {context.Request.Path} takes.";
    }

    private static RoutesAt Routes(HttpContext context) => context.RequestServices.GetRequiredService<RoutesAt>();

    /// <summary>
    /// What the routes at this path take by this method. Where routing refused the type itself, the request has no route any more.
    /// </summary>
    private static string[] Types(HttpContext context)
    {
        var types = Routes(context).Find(context)
            .Where(route => RoutesAt.MethodsOf(route).Contains(context.Request.Method))
            .SelectMany(route => route.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes ?? []).Distinct().ToArray();
        return types.Length == 0 ? ["application/json"] : types;
    }
}
