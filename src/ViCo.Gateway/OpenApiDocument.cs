using Microsoft.AspNetCore.Authorization;
using Microsoft.OpenApi;
using ViCo.Gateway.Images;
using ViCo.Gateway.OpenAi;
using ViCo.Gateway.Training;
using ViCo.Grains.Jobs;
using ViCo.Options;

namespace ViCo.Gateway;

/// <summary>The document at <c>/openapi/v1.json</c>: what the routes say of themselves, and how to show a key.</summary>
internal static class OpenApiDocument
{
    public const string KeyScheme = "apiKey";

    public static void AddViCoOpenApi(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new()
            {
                Title = "ViCo",
                Version = "v1",
                Description = "Photos of one object in, pictures of it anywhere out. Errors are RFC 9457 problems with a stable `code`. "
                    + "Every POST takes an `Idempotency-Key`; its first success is stored and replayed.",
            };
            document.Components ??= new();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[KeyScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "An API key: `vico_<tenant>_<key id>_<secret>`.",
            };
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            var catalog = context.ApplicationServices.GetRequiredService<OptionCatalog>();
            var fields = context.JsonTypeInfo.Type == typeof(TrainingSettings) ? TrainingApi.Fields(catalog)
                : context.JsonTypeInfo.Type == typeof(SampleRequest) ? SampleRequest.Fields(catalog)
                : context.JsonTypeInfo.Type == typeof(OpenAiRequest) ? OpenAiRequest.Fields(catalog)
                : context.JsonTypeInfo.Type == typeof(SamplingSettings) ? SampleRequest.Answered(catalog)
                : null;
            if (fields is not null) OptionSchemas.Describe(schema, fields);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            if (!context.Description.ActionDescriptor.EndpointMetadata.OfType<IAllowAnonymous>().Any())
                operation.Security = [new() { [new OpenApiSecuritySchemeReference(KeyScheme, context.Document)] = [] }];
            return Task.CompletedTask;
        });
    });
}
