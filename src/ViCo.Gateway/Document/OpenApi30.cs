using Microsoft.OpenApi;

namespace ViCo.Gateway;

/// <summary>
/// What OpenAPI 3.0 and generators of classes say otherwise: one of several kinds by inheritance, and null without a type of its own.
/// </summary>
internal static class OpenApi30
{
    public static void Describe(Microsoft.OpenApi.OpenApiDocument document)
    {
        var schemas = document.Components?.Schemas ?? new Dictionary<string, IOpenApiSchema>();
        foreach (var (name, schema) in schemas.ToList())
        {
            if (schema is OpenApiSchema { Discriminator.Mapping: not null } union) Inherit(document, name, union);
        }
        foreach (var schema in schemas.Values) SayNull(schema);
    }

    /// <summary>The union's name becomes that of a base with the word that tells, and each kind is the base and its own fields.</summary>
    private static void Inherit(Microsoft.OpenApi.OpenApiDocument document, string name, OpenApiSchema union)
    {
        var (word, schemas) = (union.Discriminator!.PropertyName!, document.Components!.Schemas!);
        union.OneOf = null;
        union.Type = JsonSchemaType.Object;
        union.Required = new HashSet<string> { word };
        union.Properties = new Dictionary<string, IOpenApiSchema> { [word] = new OpenApiSchema { Type = JsonSchemaType.String } };
        foreach (var kind in union.Discriminator.Mapping!.Values.Select(reference => reference.Reference.Id!))
        {
            var own = (OpenApiSchema)schemas[kind];
            own.Properties?.Remove(word);
            own.Required?.Remove(word);
            schemas[kind] = new OpenApiSchema
            {
                AllOf = [new OpenApiSchemaReference(name, document), own], Description = own.Description,
            };
            own.Description = null;
        }
    }

    /// <summary>Null becomes an object that may be null, and is no object.</summary>
    private static void SayNull(IOpenApiSchema schema)
    {
        if (schema is not OpenApiSchema own) return;
        foreach (var part in own.Properties?.Values ?? Enumerable.Empty<IOpenApiSchema>()) SayNull(part);
        foreach (var part in own.AllOf ?? []) SayNull(part);
        if (own.Items is { } items) SayNull(items);
        // Another one in its place: the framework has a single null for all documents.
        if (own.OneOf is { } kinds) own.OneOf = [.. kinds.Select(kind => kind.Type == JsonSchemaType.Null ? Null() : kind)];
    }

    private static OpenApiSchema Null() => new()
    {
        Type = JsonSchemaType.Object | JsonSchemaType.Null, Enum = [JsonNullSentinel.JsonNull],
    };
}
