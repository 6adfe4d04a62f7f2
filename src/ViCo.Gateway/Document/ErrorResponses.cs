using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using ViCo.Gateway.Http;
using ViCo.Gateway.Images;
using ViCo.Gateway.Lists;
using ViCo.Gateway.OpenAi;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;

namespace ViCo.Gateway;

/// <summary>Every error that a route can answer with: by what it takes, since that is what can be wrong.</summary>
internal static class ErrorResponses
{
    public const string Schema = "Problem";

    public static Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken)
    {
        operation.Responses ??= [];
        var path = $"/{context.Description.RelativePath}";
        var openAi = path.StartsWith($"{OpenAiApi.Root}/", StringComparison.Ordinal);
        foreach (var status in StatusesOf(operation, context.Description).Order())
        {
            var response = new OpenApiResponse { Description = Words(status) };
            if (status >= 400)
            {
                response.Content = new Dictionary<string, OpenApiMediaType>
                {
                    [openAi ? "application/json" : "application/problem+json"] = new()
                    {
                        Schema = openAi ? Failure(context.Document) : new OpenApiSchemaReference(Schema, context.Document),
                    },
                };
            }
            if (HeaderOf(status) is var (name, words))
                response.Headers = new Dictionary<string,
                IOpenApiHeader> { [name] =
                new OpenApiHeader { Description = words, Schema = new OpenApiSchema { Type = JsonSchemaType.String } } };
            operation.Responses[status.ToString(CultureInfo.InvariantCulture)] = response;
        }
        return Task.CompletedTask;
    }

    /// <summary>A problem as <see cref="ProblemWriter"/> writes it.</summary>
    public static OpenApiSchema Of() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "An error (RFC 9457).",
        Required = new HashSet<string> { "type", "title", "status", "detail", "code" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = Text("Where the page tells about the code.", "uri-reference"),
            ["title"] = Text("What it is, the same for all errors of the code."),
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Description = "The HTTP status." },
            ["detail"] = Text("What was found and what is wanted, for people."),
            ["code"] = Text("For programs; it does not change. `/problems` lists all of them."),
            ["field"] = Text("The first field that cannot be used."),
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object, Description = "For every field that cannot be used, what is wrong with it.",
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = Text(null) },
            },
            ["limit"] = Text("The quota that is used up."),
            ["used"] = Number("How much of it is used."),
            ["most"] = Number("How much of it may be."),
            ["until"] = Text("When there is room again by itself.", "date-time"),
            ["user"] = Text("The end user whose quota it is."),
            ["traceId"] = Text("What the server's log and traces call the request."),
        },
    };

    private static IEnumerable<int> StatusesOf(OpenApiOperation operation, Microsoft.AspNetCore.Mvc.ApiExplorer.ApiDescription description)
    {
        var metadata = description.ActionDescriptor.EndpointMetadata;
        var open = metadata.OfType<IAllowAnonymous>().Any();
        var (method, body) = (description.HttpMethod, operation.RequestBody?.Content?.Keys.FirstOrDefault());
        var onPath = operation.Parameters?.Any(p => p.In == ParameterLocation.Path) == true;
        var writes = method != HttpMethods.Get;
        var inParts = TypesOf(operation).Any(type =>
            type.StartsWith("image/", StringComparison.Ordinal) || type == "application/octet-stream");

        yield return StatusCodes.Status431RequestHeaderFieldsTooLarge;
        if (body is not null || metadata.OfType<KnownQuery>().Any()
            || operation.Parameters?.Any(p => p.In is ParameterLocation.Query or ParameterLocation.Header) == true)
            yield return StatusCodes.Status400BadRequest;
        if (!open || description.RelativePath == "login") yield return StatusCodes.Status401Unauthorized;
        if (!open || description.RelativePath == "login") yield return StatusCodes.Status403Forbidden;
        if (onPath || operation.RequestBody is not null || inParts
            || description.RelativePath == "images.zip") yield return StatusCodes.Status404NotFound;
        if (!open && writes) yield return StatusCodes.Status409Conflict;
        if (body is not null)
        {
            yield return StatusCodes.Status413PayloadTooLarge;
            yield return StatusCodes.Status415UnsupportedMediaType;
        }
        if (!open && (method == HttpMethods.Post || method == HttpMethods.Put)) yield return StatusCodes.Status422UnprocessableEntity;
        if (!open || metadata.OfType<RateLimited>().Any()) yield return StatusCodes.Status429TooManyRequests;
        if (!open && method == HttpMethods.Post) yield return StatusCodes.Status413PayloadTooLarge;
        // Of files the parameter If-None-Match alone tells it: beside them Kiota takes an answer without a body for all there is.
        if (!open && method == HttpMethods.Get && TypesOf(operation).Any(type => type.EndsWith("json", StringComparison.Ordinal)))
            yield return StatusCodes.Status304NotModified;
        if (inParts)
        {
            yield return StatusCodes.Status412PreconditionFailed;
            yield return StatusCodes.Status416RangeNotSatisfiable;
        }
        if (description.RelativePath != "healthz")
        {
            yield return StatusCodes.Status500InternalServerError;
            yield return StatusCodes.Status503ServiceUnavailable;
            yield return StatusCodes.Status507InsufficientStorage;
        }
    }

    /// <summary>What it answers with when all is well.</summary>
    private static IEnumerable<string> TypesOf(OpenApiOperation operation) =>
        operation.Responses?.GetValueOrDefault("200")?.Content?.Keys ?? Enumerable.Empty<string>();

    private static string Words(int status) => status switch
    {
        StatusCodes.Status304NotModified => "What If-None-Match names still holds.",
        _ => $"{ReasonPhrases.GetReasonPhrase(status)}. Codes: "
            + $"{string.Join(", ", ProblemCodes.All.Where(kind => kind.Statuses.Contains(status)).Select(kind => $"`{kind.Code}`"))}.",
    };

    private static (string Name, string Words)? HeaderOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized =>
            ("WWW-Authenticate", "As RFC 6750 has it: with `error` where a key or token came that does not hold."),
        StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable
            or StatusCodes.Status507InsufficientStorage => ("Retry-After", "Seconds to wait."),
        _ => null,
    };

    private static OpenApiSchema Failure(Microsoft.OpenApi.OpenApiDocument? document) => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string> { "error" },
        Properties = new Dictionary<string, IOpenApiSchema> { ["error"] = new OpenApiSchemaReference(nameof(OpenAiError), document) },
    };

    private static OpenApiSchema Number(string words) => new() { Type = JsonSchemaType.Number, Format = "double", Description = words };

    private static OpenApiSchema Text(string? words, string? format = null) => new()
    {
        Type = JsonSchemaType.String,
        Description = words,
        Format = format,
    };
}
