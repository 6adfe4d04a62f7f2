using System.Text.Json;

namespace ViCo.Engine.Models;

/// <summary>A diffusers or transformers <c>config.json</c>, read with errors that name file and key.</summary>
internal sealed class ConfigJson
{
    private readonly string _name;
    private readonly JsonElement _root;

    private ConfigJson(string name, JsonElement root) => (_name, _root) = (name, root);

    /// <exception cref="InvalidDataException">The file is missing or no JSON object.</exception>
    public static ConfigJson Read(string path)
    {
        if (!File.Exists(path)) throw new InvalidDataException($"'{path}' is missing; a diffusers folder has it.");
        return Parse(path, File.ReadAllText(path));
    }

    /// <param name="name">What messages call it.</param>
    public static ConfigJson Parse(string name, string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new(name, document.RootElement.Clone())
                : throw new InvalidDataException($"'{name}' is {document.RootElement.ValueKind}; wanted a JSON object.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{name}' is not JSON: {e.Message}", e);
        }
    }

    /// <summary>What messages call it.</summary>
    public string Name => _name;

    public bool Has(string key) => Value(key) is not null;

    /// <summary>An object inside this one, such as a CLIP model's <c>text_config</c>.</summary>
    public ConfigJson Section(string key) => Value(key) switch
    {
        null => throw Missing(key),
        { ValueKind: JsonValueKind.Object } v => new($"{_name}: {key}", v),
        { } v => throw Wrong(key, v, "an object"),
    };

    /// <summary>A number, or the first of several keys that an object at this place may hold it under.</summary>
    public int IntOrMember(string key, params ReadOnlySpan<string> members)
    {
        if (Value(key) is not { ValueKind: JsonValueKind.Object }) return Int(key);
        var section = Section(key);
        foreach (var member in members)
        {
            if (section.Has(member)) return section.Int(member);
        }
        throw section.Error($"none of {string.Join(", ", members.ToArray())} is there.");
    }

    public IReadOnlyList<double> Doubles(string key) => Value(key) switch
    {
        null => throw Missing(key),
        { ValueKind: JsonValueKind.Array } v when v.EnumerateArray().All(e => e.ValueKind == JsonValueKind.Number) =>
            [.. v.EnumerateArray().Select(e => e.GetDouble())],
        { } v => throw Wrong(key, v, "a list of numbers"),
    };

    public int Int(string key, int? fallback = null) => Value(key) switch
    {
        null => fallback ?? throw Missing(key),
        { ValueKind: JsonValueKind.Number } v when v.TryGetInt32(out var number) => number,
        { } v => throw Wrong(key, v, "an integer"),
    };

    public double Double(string key, double? fallback = null) => Value(key) switch
    {
        null => fallback ?? throw Missing(key),
        { ValueKind: JsonValueKind.Number } v => v.GetDouble(),
        { } v => throw Wrong(key, v, "a number"),
    };

    public bool Bool(string key, bool fallback) => Value(key) switch
    {
        null => fallback,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } v => throw Wrong(key, v, "true or false"),
    };

    public string Text(string key, string? fallback = null) => Value(key) switch
    {
        null => fallback ?? throw Missing(key),
        { ValueKind: JsonValueKind.String } v => v.GetString()!,
        { } v => throw Wrong(key, v, "a string"),
    };

    /// <summary>One or more integers from 1, such as channels of levels.</summary>
    public IReadOnlyList<int> Ints(string key) => Value(key) switch
    {
        null => throw Missing(key),
        { ValueKind: JsonValueKind.Array } v when v.GetArrayLength() > 0 && v.EnumerateArray().All(IsCount) =>
            [.. v.EnumerateArray().Select(e => e.GetInt32())],
        { } v => throw Wrong(key, v, "a list of integers from 1"),
    };

    public IReadOnlyList<string> Texts(string key) => Value(key) switch
    {
        null => throw Missing(key),
        { ValueKind: JsonValueKind.Array } v when v.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String) =>
            [.. v.EnumerateArray().Select(e => e.GetString()!)],
        { } v => throw Wrong(key, v, "a list of strings"),
    };

    /// <summary>One number for all of <paramref name="count"/> levels, or a list with one each.</summary>
    public IReadOnlyList<int> IntOrList(string key, int count) => Value(key) switch
    {
        null => throw Missing(key),
        { ValueKind: JsonValueKind.Number } v when IsCount(v) => [.. Enumerable.Repeat(v.GetInt32(), count)],
        { ValueKind: JsonValueKind.Array } v when v.GetArrayLength() == count && v.EnumerateArray().All(IsCount) =>
            [.. v.EnumerateArray().Select(e => e.GetInt32())],
        { } v => throw Wrong(key, v, $"an integer from 1, or a list of {count}"),
    };

    /// <summary>Refuses a setting that would change the network into one this code does not have.</summary>
    public void Require<T>(string key, T found, T wanted)
    {
        if (!EqualityComparer<T>.Default.Equals(found, wanted))
            throw new InvalidDataException($"'{_name}': {key} is {found}; this engine supports {wanted}.");
    }

    public InvalidDataException Error(string message) => new($"'{_name}': {message}");

    private static bool IsCount(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
        && number > 0;

    private JsonElement? Value(string key) =>
        _root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private InvalidDataException Missing(string key) => Error($"'{key}' is missing.");

    private InvalidDataException Wrong(string key, JsonElement value, string wanted) =>
        Error($"'{key}' is {value.GetRawText()}; wanted {wanted}.");
}
