using Microsoft.OpenApi;

namespace ViCo.Gateway;

/// <summary>Leaves out schemas that nothing refers to: the framework's own types of answers, which clients do not see.</summary>
internal static class UsedSchemas
{
    public static void Keep(Microsoft.OpenApi.OpenApiDocument document)
    {
        var schemas = document.Components?.Schemas;
        if (schemas is null) return;
        HashSet<string> used = [];
        foreach (var operation in document.Paths.Values.SelectMany(path => path.Operations?.Values ?? Enumerable.Empty<OpenApiOperation>()))
        {
            foreach (var parameter in operation.Parameters ?? []) Visit(parameter.Schema);
            foreach (var content in operation.RequestBody?.Content?.Values ?? Enumerable.Empty<OpenApiMediaType>()) Visit(content.Schema);
            foreach (var content in (operation.Responses ?? [])
                .Values.SelectMany(response => response.Content?.Values ?? Enumerable.Empty<OpenApiMediaType>())) Visit(content.Schema);
        }
        foreach (var name in schemas.Keys.Except(used).ToList()) schemas.Remove(name);

        void Visit(IOpenApiSchema? schema)
        {
            if (schema is OpenApiSchemaReference { Reference.Id: { } id })
            {
                if (used.Add(id) && schemas.TryGetValue(id, out var target)) Visit(target);
                return;
            }
            if (schema is null) return;
            foreach (var part in (schema.Properties?.Values ?? Enumerable.Empty<IOpenApiSchema>()).Concat(schema.AllOf ?? [])
                .Concat(schema.AnyOf ?? []).Concat(schema.OneOf ?? [])) Visit(part);
            Visit(schema.Items);
            Visit(schema.Not);
            Visit(schema.AdditionalProperties);
            foreach (var mapped in schema.Discriminator?.Mapping?.Values ?? Enumerable.Empty<OpenApiSchemaReference>()) Visit(mapped);
        }
    }
}
