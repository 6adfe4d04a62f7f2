using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using ViCo.Gateway.Jobs;

namespace ViCo.Gateway;

/// <summary>
/// Bodies that are no JSON, said so that every generator reads them: files as binary strings, an
/// upload as a list of files, a stream as text.
/// </summary>
internal static class Bodies
{
    private static readonly Dictionary<string, string> _headers = new()
    {
        ["201"] = "Location", ["202"] = "Location",
    };

    public static Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken)
    {
        foreach (var (status, answer) in operation.Responses ?? [])
        {
            if (answer is not OpenApiResponse response) continue;
            response.Description = Words(status);
            foreach (var (type, content) in response.Content ?? new Dictionary<string, OpenApiMediaType>())
            {
                if (type == EventStream.ContentType)
                    content.Schema = new OpenApiSchema
                    {
                        Type = JsonSchemaType.String,
                        Description = "Server-sent events; each one's `data` is a JobEvent, its `id` that event's `seq`.",
                    };
                else if (!type.EndsWith("json", StringComparison.Ordinal) && !type.StartsWith("text/", StringComparison.Ordinal))
                    content.Schema = File();
                else if (type == "text/plain") content.Schema = new OpenApiSchema { Type = JsonSchemaType.String };
            }
            if (_headers.TryGetValue(status, out var header))
            {
                response.Headers ??= new Dictionary<string, IOpenApiHeader>();
                response.Headers[header] = new OpenApiHeader
                {
                    Description = "Where it is.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uri-reference" },
                };
            }
            if (status == "200" && context.Description.HttpMethod == HttpMethods.Get && operation.Security is { Count: > 0 })
            {
                response.Headers ??= new Dictionary<string, IOpenApiHeader>();
                response.Headers["ETag"] = new OpenApiHeader
                {
                    Description = "Changes when the answer does.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                };
            }
        }
        if (operation.Responses?.GetValueOrDefault("200")?.Content?.ContainsKey(EventStream.ContentType) == true)
        {
            const string Ended = "To a stream that comes back: there is no more and will be none.";
            operation.Responses["204"] = new OpenApiResponse { Description = Ended };
        }
        if (operation.RequestBody is OpenApiRequestBody { Content: { } contents } body)
        {
            body.Required = true;
            if (contents.TryGetValue("multipart/form-data", out var form)) (form.Schema, form.Encoding) = (Upload(), null);
            foreach (var (type, file) in contents)
            {
                if (type == "application/octet-stream" || type.StartsWith("image/", StringComparison.Ordinal)) file.Schema = File();
            }
            if (contents.TryGetValue("application/json", out var json) && operation.OperationId is { } id) json.Example = Examples.Of(id);
        }
        return Task.CompletedTask;
    }

    private static string Words(string status) => status switch
    {
        "200" => "Here it is.",
        "201" => "It is made.",
        "202" => "It is on its way; the job says how far.",
        "204" => "Done; there is nothing to tell.",
        _ => status,
    };

    private static OpenApiSchema File() => new() { Type = JsonSchemaType.String, Format = "binary" };

    private static OpenApiSchema Upload() => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string> { "photos" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["photos"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Items = File(),
                Description = "JPEG, PNG or WebP files, each with its name.",
            },
        },
    };
}
