using System.Collections;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using ViCo.Gateway.Models;
using ViCo.Options;

namespace ViCo.Gateway;

/// <summary>Schemas of bodies that hold options: a property for each, with its range, choices, default and help.</summary>
internal static class OptionSchemas
{
    /// <summary>Makes <paramref name="schema"/> an object of these fields and no others.</summary>
    public static void Describe(OpenApiSchema schema, OptionList fields)
    {
        schema.Type = JsonSchemaType.Object;
        schema.AdditionalPropertiesAllowed = false;
        schema.Required = fields.Where(f => f.Required).Select(f => f.Name).ToHashSet();
        schema.Properties = fields.ToDictionary(f => f.Name, IOpenApiSchema (f) => Of(f));
    }

    private static OpenApiSchema Of(OptionSpec option)
    {
        var schema = new OpenApiSchema
        {
            Type = option.Kind switch
            {
                OptionKind.Integer => JsonSchemaType.Integer,
                OptionKind.Number => JsonSchemaType.Number,
                OptionKind.Switch => JsonSchemaType.Boolean,
                OptionKind.IntegerList or OptionKind.TextList => JsonSchemaType.Array,
                _ => JsonSchemaType.String,
            },
            Description = Words(option),
            // Clients send defaults: nothing at all is none where something must be asked for.
            Default = option.FromModel || option.Required || option is { Least: > 0L, Fallback: "" or ICollection { Count: 0 } }
                ? null : OptionDescription.Json(option.Fallback),
        };
        if (!option.Required) schema.Type |= JsonSchemaType.Null;
        switch (option.Kind)
        {
            case OptionKind.Integer or OptionKind.Number:
                Range(schema, option);
                if (option.MultipleOf is { } multiple) schema.MultipleOf = multiple;
                if (option.Except.Count > 0) schema.Not = new OpenApiSchema
                {
                    Enum = [.. option.Except.Select(n => (JsonNode)JsonValue.Create(n))],
                };
                break;
            case OptionKind.Choice:
                schema.Enum = [.. option.Choices.Select(c => (JsonNode)JsonValue.Create(c.Value))];
                break;
            case OptionKind.IntegerList:
                schema.MinItems = 1;
                schema.UniqueItems = true;
                var item = new OpenApiSchema { Type = JsonSchemaType.Integer };
                Range(item, option);
                schema.Items = item;
                break;
            case OptionKind.TextList:
                if (option.Least is > 0L) schema.MinItems = (int)(long)option.Least;
                schema.MaxItems = (int)(long)option.Most!;
                schema.Items = new OpenApiSchema { Type = JsonSchemaType.String };
                break;
            case OptionKind.Text:
                schema.MinLength = (int)(long)option.Least!;
                schema.MaxLength = (int)(long)option.Most!;
                break;
        }
        return schema;
    }

    private static string Words(OptionSpec option)
    {
        var words = option.Help;
        if (option.Unit is { } unit) words += $" In {unit}.";
        if (option.FromModel) words += " Default: the base model's.";
        if (option.Choices.Count > 0) words += $" {string.Join("; ", option.Choices.Select(c => $"`{c.Value}`: {c.Meaning}"))}.";
        return words;
    }

    private static void Range(OpenApiSchema schema, OptionSpec option)
    {
        schema.Minimum = Convert.ToString(option.Least, CultureInfo.InvariantCulture);
        schema.Maximum = Convert.ToString(option.Most, CultureInfo.InvariantCulture);
    }
}
