using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using ViCo.Gateway.Lists;
using ViCo.Grains.Storage;

namespace ViCo.Gateway.Problems;

/// <summary>Puts exceptions and bare statuses into words.</summary>
internal static class ProblemAnswers
{
    public static void AddViCoProblems(this IServiceCollection services)
    {
        services.AddSingleton<IProblemDetailsWriter, ProblemWriter>();      // before the framework's own, which is asked after it
        services.AddProblemDetails();
        services.AddExceptionHandler<ExceptionAnswers>();
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);    // so that the reason reaches the answer
    }

    /// <summary>Gives errors without a body one. Files refuse a range or a precondition with a header alone.</summary>
    public static void UseViCoProblems(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.Use(async (context, next) =>
        {
            await next(context);
            var response = context.Response;
            var ofFile = response.StatusCode is StatusCodes.Status412PreconditionFailed or StatusCodes.Status416RangeNotSatisfiable;
            if (response.HasStarted || response.StatusCode is < 400 or >= 600) return;
            if (!ofFile && (response.ContentLength.HasValue || !string.IsNullOrEmpty(response.ContentType))) return;
            (response.ContentLength, response.ContentType) = (null, null);
            if (ofFile)
            {
                response.Headers.CacheControl = "no-store";
                response.Headers.Remove("Content-Disposition");
                response.Headers.Remove("ETag");
            }
            await context.RequestServices.GetRequiredService<IProblemDetailsService>().WriteAsync(new() { HttpContext = context });
        });
    }

    /// <summary>Small JSON bodies are kept while they are read: where one cannot be, all that is wrong with it is looked for.</summary>
    public static void UseKeptBodies(this WebApplication app) => app.Use((context, next) =>
    {
        if (context.Request.HasJsonContentType()
            && context.GetEndpoint()?.Metadata.GetMetadata<BodyLimit>() is { MaxRequestBodySize: <= SmallBodies.MaxBytes })
            context.Request.EnableBuffering();
        return next(context);
    });
}

/// <summary>
/// What the client did wrong becomes 4xx; a cluster or storage that does not answer becomes 503 with Retry-After; what is damaged stays so,
/// and is a 500 that names it; the rest is ours, logged, 500.
/// </summary>
internal sealed partial class ExceptionAnswers(IOptions<JsonOptions> json, ILogger<ExceptionAnswers> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested) return true;

        var answer = await DescribeAsync(context, Cause(exception));
        if (answer.StatusCode is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status507InsufficientStorage)
            context.Response.Headers.RetryAfter = "2";
        if (answer.StatusCode >= 500 || exception is UnauthorizedAccessException)
            LogFailed(context.Request.Method, Route(context)?.DisplayName ?? "no route", exception);
        await answer.ExecuteAsync(context);
        return true;
    }

    private async Task<ProblemHttpResult> DescribeAsync(HttpContext context, Exception exception) => exception switch
    {
        BadHttpRequestException { InnerException: JsonException } => await OfBodyAsync(context),
        BadHttpRequestException { StatusCode: 413 } => TooLarge(context),
        BadHttpRequestException { StatusCode: 400 } bad when Unread().Match(bad.Message) is { Success: true } found =>
            Problem.Field(found.Groups["name"].Value,
                $"Field '{found.Groups["name"].Value}' is '{found.Groups["value"].Value}'; wanted: {InWords(found.Groups["type"].Value)}."),
        BadHttpRequestException { StatusCode: 400, InnerException: null } when FieldsOf(context) is { } fields
            && !HasBody(context.Request) =>
            Problem.Of(400, "invalid_json", $"The request has no body; wanted: a JSON object{fields}."),
        BadHttpRequestException { StatusCode: 400, InnerException: null } when FieldsOf(context) is not null => await OfBodyAsync(context),
        BadHttpRequestException bad =>
            Problem.Of(bad.StatusCode, ProblemCodes.OfStatus(bad.StatusCode), ProblemWords.Of(bad.StatusCode, context)),
        TimeoutException or OrleansException => Problem.Of(
            503, "unavailable",
            "The cluster did not answer in time. What was asked may have been done: repeat it with the same Idempotency-Key."),
        // A grain has refused what a route let in: what it does needs more than the route names.
        UnauthorizedAccessException =>
            Problem.Of(403, "forbidden", "This key may not do all that this needs: its role or its scopes leave a part out."),
        DamagedBlobException damaged => Problem.Of(500, DamagedItem.DamagedCode, damaged.Message),
        StorageTroubleException { IsFull: true } full => Problem.Of(507, "storage_full", full.Message),
        StorageTroubleException trouble => Problem.Of(
            503, "storage_unavailable",
            $"{trouble.Message} What was asked may have been done: repeat it with the same Idempotency-Key."),
        _ => Problem.Of(500, "error", "Something went wrong here; the log of the gateway says what."),
    };

    /// <summary>What a grain's state could not be read or written for, where that is told inside.</summary>
    private static Exception Cause(Exception exception) =>
        exception is OrleansException { InnerException: StorageTroubleException trouble } ? trouble : exception;

    /// <summary>A body that is no JSON, or not the object that is wanted: every field of it that cannot be used.</summary>
    private async Task<ProblemHttpResult> OfBodyAsync(HttpContext context)
    {
        if (!context.Request.Body.CanSeek) return Problem.Of(400, "invalid_json", "The body is no valid JSON object.");
        try
        {
            using var body = new MemoryStream();
            context.Request.Body.Position = 0;
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            if (Route(context)?.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType is { } type
                && json.Value.SerializerOptions.TryGetTypeInfo(type, out var info)
                && Problem.Fields(BodyProblems.Of(body.GetBuffer().AsMemory(0, (int)body.Length), info)) is { } problem)
                return problem;
            return Problem.Of(400, "invalid_json", "The body is no valid JSON object.");
        }
        catch (JsonException bad)
        {
            return Problem.Of(400, "invalid_json", bad.LineNumber is { } line
                ? $"The body is no valid JSON: it goes wrong at line {line + 1}, byte {bad.BytePositionInLine + 1}."
                : "The body is no valid JSON.");
        }
        catch (BadHttpRequestException bad)
        {
            return bad.StatusCode == 413 ? TooLarge(context)
                : Problem.Of(bad.StatusCode, ProblemCodes.OfStatus(bad.StatusCode), ProblemWords.Of(bad.StatusCode, context));
        }
    }

    private static ProblemHttpResult TooLarge(HttpContext context) => Problem.Of(413, "too_large", ProblemWords.TooLarge(context));

    private static bool HasBody(HttpRequest request) => request.ContentLength is > 0 || request.Headers.TransferEncoding.Count > 0;

    /// <summary>The fields of the JSON body that the route wants, in words, or null where it wants none.</summary>
    private string? FieldsOf(HttpContext context) =>
        Route(context)?.Metadata.GetMetadata<IAcceptsMetadata>() is { RequestType: { } type } accepts
            && accepts.ContentTypes.Contains("application/json")
        && json.Value.SerializerOptions.TryGetTypeInfo(type, out var info)
            ? info.Properties.Count == 0 ? "" : $" with {string.Join(", ", info.Properties.Select(p => p.Name))}"
            : null;

    /// <summary>The exception handler takes the route off the request before it asks us.</summary>
    private static Endpoint? Route(HttpContext context) => context.Features.Get<IExceptionHandlerFeature>()?.Endpoint;

    private static string InWords(string type) => type switch
    {
        "int" or "long" => "a whole number",
        "bool" => "true or false",
        _ => "another value",
    };

    /// <summary>As the framework words a parameter of a path or query that it cannot read.</summary>
    [GeneratedRegex("""^Failed to bind parameter "(?<type>\w+)\S* @?(?<name>\w+)" from "(?<value>.*)"\.$""", RegexOptions.Singleline)]
    private static partial Regex Unread();

    [LoggerMessage(LogLevel.Error, "{Method} {Route} failed")]
    private partial void LogFailed(string method, string route, Exception exception);
}
