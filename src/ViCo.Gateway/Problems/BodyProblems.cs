using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ViCo.Options;

namespace ViCo.Gateway.Problems;

/// <summary>What is wrong with a JSON body that could not be read: all of it, where the reader stopped at the first.</summary>
internal static class BodyProblems
{
    /// <exception cref="JsonException">The body is no JSON at all.</exception>
    public static IReadOnlyList<OptionProblem> Of(ReadOnlyMemory<byte> body, JsonTypeInfo type)
    {
        using var document = JsonDocument.Parse(body);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            return [new("", $"The body is {Kind(document.RootElement.ValueKind)}; wanted: an object.", OptionFault.Kind)];

        var known = type.Properties.ToDictionary(property => property.Name);
        var given = document.RootElement.EnumerateObject().ToList();
        List<OptionProblem> problems = [.. given.GroupBy(member => member.Name).Where(same => same.Skip(1).Any())
            .Select(same => new OptionProblem(same.Key, $"Field '{same.Key}' came {same.Count()} times; wanted: once.", OptionFault.Kind))];
        if (type.Kind != JsonTypeInfoKind.Object) return problems;          // a body of options is checked by their descriptions

        foreach (var member in given.DistinctBy(member => member.Name))
        {
            if (!known.TryGetValue(member.Name, out var property))
                problems.Add(new(member.Name, $"There is no field '{member.Name}'; known: {string.Join(", ", known.Keys)}.",
                    OptionFault.Unknown));
            else if (!Reads(member.Value, property, type.Options))
                problems.Add(new(member.Name, $"Field '{member.Name}' cannot be read; wanted: {Name(property.PropertyType, type.Options)}.",
                    OptionFault.Kind));
        }
        foreach (var property in type.Properties.Where(p => p.IsRequired && given.All(member => member.Name != p.Name)))
            problems.Add(new(property.Name, $"Field '{property.Name}' is missing; wanted: {Name(property.PropertyType, type.Options)}.",
                OptionFault.Missing));
        return problems;
    }

    private static bool Reads(JsonElement value, JsonPropertyInfo property, JsonSerializerOptions options)
    {
        if (value.ValueKind == JsonValueKind.Null) return property.IsSetNullable;
        try
        {
            value.Deserialize(options.GetTypeInfo(property.PropertyType));
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Kind(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    private static string Name(Type type, JsonSerializerOptions options)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain.GenericTypeArguments is [var item] && item != typeof(string) && options.TryGetTypeInfo(item, out var info)
            ? $"a list of objects with {string.Join(", ", info.Properties.Select(p => $"'{p.Name}'"))}"
            : plain == typeof(string) ? "a text"
            : plain == typeof(int) || plain == typeof(long) ? "a whole number"
            : plain == typeof(double) ? "a number"
            : plain == typeof(bool) ? "true or false"
            : plain == typeof(Grains.Concepts.CheckpointChoice) ? "{run}:{step}, or a step"
            : plain.GenericTypeArguments is [_, _] ? "an object of texts"
            : "a list of texts";
    }
}
