using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace ViCo.Gateway.Problems;

/// <summary>Puts exceptions and bare statuses into words.</summary>
internal static class ProblemAnswers
{
    public static void AddViCoProblems(this IServiceCollection services)
    {
        services.AddProblemDetails(options => options.CustomizeProblemDetails = context =>
        {
            var problem = context.ProblemDetails;
            var status = problem.Status ?? context.HttpContext.Response.StatusCode;
            if (!problem.Extensions.ContainsKey("code")) problem.Extensions["code"] = Problem.CodeOf(status);
            problem.Detail ??= DetailOf(status, context.HttpContext);
        });
        services.AddExceptionHandler<ExceptionAnswers>();
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);    // so that the reason reaches the answer
    }

    private static string? DetailOf(int status, HttpContext context) => status switch
    {
        StatusCodes.Status401Unauthorized =>
            "No valid API key or sign-in came with the request; send 'Authorization: Bearer vico_…' or sign in at /login.",
        StatusCodes.Status403Forbidden => "This key may not do that.",
        StatusCodes.Status404NotFound => $"There is nothing at {context.Request.Path}.",
        StatusCodes.Status405MethodNotAllowed => $"{context.Request.Path} does not take {context.Request.Method}.",
        StatusCodes.Status413PayloadTooLarge => TooLarge(context),
        StatusCodes.Status415UnsupportedMediaType =>
            $"The request's Content-Type is '{context.Request.ContentType ?? "missing"}'; wanted: {Wanted(context)}.",
        _ => null,
    };

    public static string TooLarge(HttpContext context)
    {
        var limit = context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
        return $"The request is larger than the {limit} bytes that {context.Request.Path} takes.";
    }

    private static string Wanted(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>() is { ContentTypes: { Count: > 0 } types }
            ? string.Join(" or ", types)
            : "application/json";
}

/// <summary>What the client did wrong becomes 4xx; a cluster that does not answer becomes 503 with Retry-After; the rest is ours, logged, 500.</summary>
internal sealed partial class ExceptionAnswers(
    IProblemDetailsService problems, IOptions<JsonOptions> json, ILogger<ExceptionAnswers> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested) return true;

        var (status, code, detail) = Describe(context, exception);
        if (status == StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = "2";
        if (status >= 500) LogFailed(context.Request.Method, Route(context)?.DisplayName ?? "no route", exception);

        context.Response.StatusCode = status;
        return await problems.TryWriteAsync(new()
        {
            HttpContext = context,
            ProblemDetails = { Status = status, Detail = detail, Extensions = { ["code"] = code } },
        });
    }

    private (int Status, string Code, string Detail) Describe(HttpContext context, Exception exception) => exception switch
    {
        BadHttpRequestException { InnerException: JsonException bad } => (400, "invalid_json", InWords(context, bad)),
        BadHttpRequestException { StatusCode: 413 } => (413, "too_large", ProblemAnswers.TooLarge(context)),
        BadHttpRequestException bad => (bad.StatusCode, Problem.CodeOf(bad.StatusCode), bad.Message),
        TimeoutException or OrleansException =>
            (503, "unavailable", "The cluster did not answer in time. What was asked may have been done: repeat it with the same Idempotency-Key."),
        _ => (500, "error", "Something went wrong here; the log of the gateway says what."),
    };

    private string InWords(HttpContext context, JsonException bad)
    {
        var field = bad.Path?.TrimStart('$', '.') ?? "";
        var known = Route(context)?.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType is { } type
            && json.Value.SerializerOptions.TryGetTypeInfo(type, out var info)
                ? info.Properties
                : [];
        var name = field.Split('[', '.')[0];                    // a list's or object's own name
        var property = known.FirstOrDefault(p => p.Name == name);
        if (field.Length > 0 && property is null)
            return $"There is no field '{field}'; known: {string.Join(", ", known.Select(p => p.Name))}.";
        if (property is not null)
            return $"Field '{field}' cannot be read; wanted: {Name(property.PropertyType)}.";
        var required = known.Where(p => p.AssociatedParameter is { HasDefaultValue: false }).Select(p => p.Name);
        return bad.Message.Contains("required", StringComparison.Ordinal)
            ? $"A required field is missing; wanted: {string.Join(", ", required)}."
            : "The body is no valid JSON object.";
    }

    /// <summary>The exception handler takes the route off the request before it asks us.</summary>
    private static Endpoint? Route(HttpContext context) => context.Features.Get<IExceptionHandlerFeature>()?.Endpoint;

    private string Name(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain.GenericTypeArguments is [var item] && item != typeof(string) && json.Value.SerializerOptions.TryGetTypeInfo(item, out var info)
            ? $"a list of objects with {string.Join(", ", info.Properties.Select(p => $"'{p.Name}'"))}"
            : plain == typeof(string) ? "a text"
            : plain == typeof(int) || plain == typeof(long) ? "a whole number"
            : plain == typeof(double) ? "a number"
            : plain == typeof(bool) ? "true or false"
            : "a list of texts";
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Route} failed")]
    private partial void LogFailed(string method, string route, Exception exception);
}
