using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using ViCo.Gateway.Concepts;
using ViCo.Gateway.Images;
using ViCo.Gateway.Models;
using ViCo.Gateway.OpenAi;
using ViCo.Gateway.Runs;
using ViCo.Gateway.Tenants;
using ViCo.Gateway.Training;
using ViCo.Gateway.Webhooks;
using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;
using ViCo.Options;

namespace ViCo.Gateway;

/// <summary>Schemas as requests are checked and answers are written, where the types alone say less.</summary>
internal static class FieldSchemas
{
    public static Task DescribeAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        var catalog = context.ApplicationServices.GetRequiredService<OptionCatalog>();
        var fields = type == typeof(TrainingSettings) ? TrainingApi.Fields(catalog)
            : type == typeof(SampleRequest) ? SampleRequest.Fields(catalog)
            : type == typeof(OpenAiRequest) ? OpenAiRequest.Fields(catalog)
            : type == typeof(SamplingSettings) ? SampleRequest.Answered(catalog)
            : null;
        if (fields is not null) OptionSchemas.Describe(schema, fields);

        if (schema.Enum is { Count: > 0 } && schema.Type is null) schema.Type = JsonSchemaType.String;
        if (type == typeof(CheckpointChoice))
        {
            schema.Type = JsonSchemaType.String;
            schema.Description = "`{run}:{step}`, or a step.";
        }
        // What an answer has today is not all that it will ever have.
        if (context.ParameterDescription is null && context.JsonPropertyInfo is null && fields is null) schema.AdditionalPropertiesAllowed =
            true;
        foreach (var (name, one) in schema.Properties ?? new Dictionary<string, IOpenApiSchema>())
        {
            if (one is OpenApiSchema property) Bound(type, name, property);
        }
        return Task.CompletedTask;
    }

    private static void Bound(Type type, string name, OpenApiSchema property)
    {
        if (type == typeof(CreateConcept) || type == typeof(ChangeConcept))
        {
            if (name == "name") Text(property, 1, ConceptsApi.MaxName);
            if (name == "user") Text(property, 1, EndUser.MaxLength);
            if (name == "initWord") Text(property, 1, ConceptsApi.MaxInitWord);
            if (name == "objects") (property.MinItems, property.MaxItems) = (1, ConceptSpec.MaxObjects);
            if (name == "tags") (property.MaxItems, property.UniqueItems) = (ConceptsApi.MaxTags, true);
            if (name == "metadata") property.MaxProperties = ConceptsApi.MaxMetadata;
        }
        if (type == typeof(ConceptObject) && name == "initWord") Text(property, 1, ConceptsApi.MaxInitWord);
        if (type == typeof(LabelChange) && name == "label") Text(property, 0, RunsApi.MaxLabel);
        if ((type == typeof(CreateToken) || type == typeof(SignUrls)) && name == "ttl")
            (property.Minimum, property.Maximum, property.Default) =
                ($"{ScopedTokens.MinSeconds}", $"{ScopedTokens.MaxSeconds}", TokensApi.DefaultSeconds);
        if (type == typeof(RotateSecret) && name == "overlap")
            (property.Minimum, property.Maximum, property.Default) = ("0", $"{WebhooksApi.MaxOverlap}", WebhooksApi.DefaultOverlap);
        if (type == typeof(CreateToken) && name == "user") Text(property, 1, EndUser.MaxLength);
        if (type == typeof(SignUrls) && name == "paths") (property.MinItems, property.MaxItems) = (1, TokensApi.MaxPaths);
        if (type == typeof(JobView) && name == "kind") property.Enum = Choices("training", "sampling");
        if (type == typeof(CreateKey) && name == "name") Text(property, 1, KeysApi.MaxName);
        if (type == typeof(RotateKey) && name == "overlap")
            (property.Minimum, property.Maximum, property.Default) = ("0", $"{KeysApi.MaxOverlap}", KeysApi.DefaultOverlap);
        if ((type == typeof(CreateTenant) || type == typeof(ChangeTenant)) && name == "name") Text(property, 1, KeysApi.MaxName);
        if (type == typeof(ChangeTenant) && name == "weight")
            (property.Minimum, property.Maximum) = (Invariant(TenantsApi.MinWeight), Invariant(TenantsApi.MaxWeight));
        if (type == typeof(OptionDescription) && name == "kind")
            property.Enum = Choices([.. Enum.GetNames<OptionKind>().Select(kind => char.ToLowerInvariant(kind[0]) + kind[1..])]);
    }

    /// <summary>One of several kinds, told by a word that is always there, or no client could tell.</summary>
    public static void DescribeUnions(Microsoft.OpenApi.OpenApiDocument document)
    {
        foreach (var union in document.Components?.Schemas?.Values.OfType<OpenApiSchema>().ToList() ?? [])
        {
            if (union.Discriminator is null) continue;
            (union.OneOf, union.AnyOf) = (union.OneOf ?? union.AnyOf, null);
            foreach (var kind in union.Discriminator.Mapping?.Values ?? Enumerable.Empty<OpenApiSchemaReference>())
            {
                if (kind.Reference.Id is not { } id || document.Components!.Schemas![id] is not OpenApiSchema schema) continue;
                schema.Type = JsonSchemaType.Object;
                schema.Required ??= new HashSet<string>();
                schema.Required.Add(union.Discriminator.PropertyName!);
            }
        }
    }

    private static void Text(OpenApiSchema property, int least, int most) => (property.MinLength, property.MaxLength) = (least, most);

    private static string Invariant(double number) => number.ToString(CultureInfo.InvariantCulture);

    private static List<JsonNode> Choices(params string[] values) => [.. values.Select(value => (JsonNode)value)];
}
