using Microsoft.Net.Http.Headers;

namespace ViCo.Gateway.Http;

/// <summary>HEAD, OPTIONS and <c>Allow</c> on every route, as RFC 9110 §9 says.</summary>
internal static class Methods
{
    /// <summary>What answers GET answers HEAD, with the same header fields.</summary>
    public static void AlsoHead(this IEndpointConventionBuilder routes) => routes.Finally(route =>
    {
        if (route.Metadata.OfType<IHttpMethodMetadata>().LastOrDefault() is not { } methods
            || !methods.HttpMethods.Contains(HttpMethods.Get) || methods.HttpMethods.Contains(HttpMethods.Head)) return;
        route.Metadata.Remove(methods);
        route.Metadata.Add(new HttpMethodMetadata([.. methods.HttpMethods, HttpMethods.Head]));
    });

    /// <summary>
    /// Answers OPTIONS with the methods of the path, and names the same ones where another is refused. Needs routing before it.
    /// </summary>
    public static void UseMethods(this WebApplication app) => app.Use((context, next) =>
        // A route that was found by the method refuses no method.
        !HttpMethods.IsOptions(context.Request.Method) && context.GetEndpoint()?.Metadata.GetMetadata<IHttpMethodMetadata>() is not null
            ? next(context) : NameAsync(context, next));

    private static async Task NameAsync(HttpContext context, RequestDelegate next)
    {
        if (HttpMethods.IsOptions(context.Request.Method))
        {
            var routes = context.RequestServices.GetRequiredService<RoutesAt>();
            string[] methods = context.Request.Path.HasValue ? [.. routes.MethodsOf(context)]
                : ["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"];
            if (methods.Length > 0)
            {
                context.Response.Headers.Allow = string.Join(", ", methods);
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return;
            }
        }
        await next(context);
        if (context.Response is { StatusCode: StatusCodes.Status405MethodNotAllowed, HasStarted: false })
        {
            context.Response.Headers[HeaderNames.Allow] =
                string.Join(", ", context.RequestServices.GetRequiredService<RoutesAt>().MethodsOf(context));
        }
    }
}
