using System.Text.Json;
using System.Text.Json.Serialization;

namespace ViCo.Options;

/// <summary>
/// Values as one flat JSON object. Members of <c>switches</c>, an object in older files, are read as if they stood beside it.
/// </summary>
internal sealed class OptionValuesJson : JsonConverter<OptionValues>
{
    private const string Nested = "switches";

    public override OptionValues Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Read(ref reader);

    public override void Write(Utf8JsonWriter writer, OptionValues value, JsonSerializerOptions options) => Write(writer, value);

    internal static OptionValues Read(ref Utf8JsonReader reader)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new JsonException($"Options are {document.RootElement.ValueKind}; wanted a JSON object.");
        var values = OptionValues.None;
        Add(document.RootElement, ref values);
        return values;
    }

    internal static void Write(Utf8JsonWriter writer, OptionValues value)
    {
        writer.WriteStartObject();
        foreach (var (name, one) in value.Pairs)
        {
            writer.WritePropertyName(name);
            Write(writer, one);
        }
        writer.WriteEndObject();
    }

    /// <summary>One value as JSON.</summary>
    internal static void Write(Utf8JsonWriter writer, object value)
    {
        switch (value)
        {
            case bool on: writer.WriteBooleanValue(on); break;
            case long n: writer.WriteNumberValue(n); break;
            case double x when double.IsFinite(x): writer.WriteNumberValue(x); break;
            case IReadOnlyList<int> list:
                writer.WriteStartArray();
                foreach (var n in list) writer.WriteNumberValue(n);
                writer.WriteEndArray();
                break;
            case IReadOnlyList<string> texts:
                writer.WriteStartArray();
                foreach (var text in texts) writer.WriteStringValue(text);
                writer.WriteEndArray();
                break;
            case JsonElement json: json.WriteTo(writer); break;
            default: writer.WriteStringValue(OptionSpec.Format(value)); break;
        }
    }

    private static void Add(JsonElement json, ref OptionValues values)
    {
        foreach (var member in json.EnumerateObject())
        {
            if (member is { Name: Nested, Value.ValueKind: JsonValueKind.Object }) Add(member.Value, ref values);
            else if (member.Value.ValueKind == JsonValueKind.Null) continue;
            else if (values.Find(member.Name) is not null) throw new JsonException($"'{member.Name}' is there twice; wanted it once.");
            else values = values.With(member.Name, Value(member.Value));
        }
    }

    private static object Value(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => json.GetBoolean(),
        JsonValueKind.Number => json.TryGetInt64(out var n) ? n : (object)json.GetDouble(),
        JsonValueKind.String => json.GetString()!,
        JsonValueKind.Array when json.EnumerateArray().All(e => e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out _)) =>
            json.EnumerateArray().Select(e => e.GetInt32()).ToArray(),
        JsonValueKind.Array when json.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String) =>
            json.EnumerateArray().Select(e => e.GetString()!).ToArray(),
        _ => json.Clone(),
    };
}
