using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using ViCo.Gateway.Http;
using ViCo.Gateway.Tenants;

namespace ViCo.Gateway;

/// <summary>
/// The document at <c>/openapi/v1.json</c>: what the routes say of themselves, and what is true of all of them. <c>/openapi/v1-3.0.json</c>
/// says the same in OpenAPI 3.0, for generators that know no unions.
/// </summary>
internal static class OpenApiDocument
{
    public const string KeyScheme = "apiKey";

    private const string InOpenApi30 = $"{ApiVersion.Number}-3.0";

    private const string CookieScheme = "cookie", TokenScheme = "accessToken", SignatureScheme = "signature";

    private static readonly Dictionary<string, string> _tags = new()
    {
        ["Health"] = "Whether the gateway lives and is ready.",
        ["Session"] = "A browser's way in and out.",
        ["Concepts"] = "What was or will be learned: one object, or up to four together.",
        ["Photos"] = "What a concept learns from.",
        ["Training"] = "Learning, and the checkpoints it leaves.",
        ["Runs"] = "What each training was given and what it left.",
        ["Images"] = "Drawing, and the pictures drawn.",
        ["Jobs"] = "Trainings and drawings under way: where they stand, and their events.",
        ["Models"] = "What the workers draw with, and what requests may be told.",
        ["Changes"] = "What changed of the tenant, so that nobody asks again and again.",
        ["Webhooks"] = "Who is told of jobs, and what was sent.",
        ["Usage"] = "What a tenant uses.",
        ["Browsers elsewhere"] = "Tokens and signed addresses for pages of other origins.",
        ["Settings"] = "What an admin sets for a tenant.",
        ["Keys"] = "Who may come in for the tenant, and what each key may.",
        ["Installation"] = "Tenants, operators' keys, silos and load, for operators.",
        ["OpenAI"] = "OpenAI's images API, for clients that know it.",
    };

    public static void AddViCoOpenApi(this IServiceCollection services)
    {
        services.AddOpenApi(ApiVersion.Number, Describe);
        services.AddOpenApi(InOpenApi30, options =>
        {
            Describe(options);
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_0;
            options.AddDocumentTransformer((document, _, _) =>
            {
                OpenApi30.Describe(document);
                return Task.CompletedTask;
            });
        });
    }

    private static void Describe(OpenApiOptions options)
    {
        options.ShouldInclude = description => description.HttpMethod != HttpMethods.Head;         // what answers GET answers HEAD
        options.AddSchemaTransformer(FieldSchemas.DescribeAsync);
        options.AddOperationTransformer((operation, context, _) =>
        {
            operation.Security = [.. SecurityOf(context.Description.ActionDescriptor.EndpointMetadata, context.Document)];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(OperationWords.DescribeAsync);
        options.AddOperationTransformer(RequestParameters.DescribeAsync);
        options.AddOperationTransformer(Bodies.DescribeAsync);
        options.AddOperationTransformer(ErrorResponses.DescribeAsync);
        options.AddDocumentTransformer((document, _, _) =>
        {
            Head(document);
            document.AddComponent(ErrorResponses.Schema, ErrorResponses.Of());
            FieldSchemas.DescribeUnions(document);
            UsedSchemas.Keep(document);
            return Task.CompletedTask;
        });
    }

    private static void Head(Microsoft.OpenApi.OpenApiDocument document)
    {
        document.Info = new()
        {
            Title = "ViCo",
            Version = ApiVersion.Number,
            Description =
                "Photos of one object in, pictures of it anywhere out. Errors are RFC 9457 problems with a stable `code`; `/problems` "
                + "lists them. "
                + "What answers GET answers HEAD. Every answer names the API's version in `ViCo-Api-Version`.",
            License = new() { Name = "Apache-2.0", Url = new("https://www.apache.org/licenses/LICENSE-2.0") },
            Contact = new() { Name = "Whoever runs this server" },
        };
        document.Servers = [new() { Url = "/" }];
        foreach (var tag in document.Tags ?? new HashSet<OpenApiTag>()) tag.Description =
            _tags.GetValueOrDefault(tag.Name ?? "", tag.Name!);
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [KeyScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key: `vico_<tenant>_<key id>_<secret>`.",
            },
            [CookieScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Cookie, Name = "vico",
                Description = "A browser that signed in at `/login`; behind the name stand a hyphen and the installation's id.",
            },
            [TokenScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Query, Name = QuerySecrets.AccessTokenName,
                Description = "A token of `POST /tokens`.",
            },
            [SignatureScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Query, Name = QuerySecrets.SignatureName,
                Description = "As `POST /signed-urls` puts it there.",
            },
        };
    }

    /// <summary>Each of them does.</summary>
    private static IEnumerable<OpenApiSecurityRequirement> SecurityOf(IList<object> metadata, Microsoft.OpenApi.OpenApiDocument? document)
    {
        if (metadata.OfType<IAllowAnonymous>().Any()) yield break;
        yield return Requires(KeyScheme);
        yield return Requires(CookieScheme);
        if (metadata.OfType<TakesSecret>().FirstOrDefault() is { } secret)
            yield return Requires(secret.Name == QuerySecrets.AccessTokenName ? TokenScheme : SignatureScheme);

        OpenApiSecurityRequirement Requires(string scheme) => new() { [new OpenApiSecuritySchemeReference(scheme, document)] = [] };
    }
}
