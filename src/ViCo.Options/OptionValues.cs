using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ViCo.Options;

/// <summary>Values of options by name. Immutable; equal where all values are equal.</summary>
/// <remarks>
/// It may hold anything that JSON may say, also names and values that no option takes, so that one check reports all of them:
/// <see cref="OptionList.Check"/>. A value that is not there is its option's default, or the base model's.
/// </remarks>
[JsonConverter(typeof(OptionValuesJson))]
public sealed class OptionValues : IEquatable<OptionValues>
{
    private readonly ImmutableSortedDictionary<string, object> _values;

    private OptionValues(ImmutableSortedDictionary<string, object> values) => _values = values;

    /// <summary>No values: everything is a default.</summary>
    public static OptionValues None { get; } = new(ImmutableSortedDictionary.Create<string, object>(StringComparer.Ordinal));

    /// <summary>Name and value of each, in the order of their names.</summary>
    public IReadOnlyCollection<KeyValuePair<string, object>> Pairs => _values;

    /// <summary>The value, or its option's default.</summary>
    /// <exception cref="ArgumentException">The value is not allowed for <paramref name="option"/>.</exception>
    public T Get<T>(Option<T> option) => !_values.TryGetValue(option.Name, out var value) ? option.Default
        : option.AcceptStored(value) is { } accepted ? option.Read(accepted)
        : throw new ArgumentException(option.ProblemOf(value)!.Message);

    /// <summary>The value as it is, or null.</summary>
    public object? Find(string name) => _values.GetValueOrDefault(name);

    /// <summary>Whether there is a value of its own.</summary>
    public bool Has(OptionSpec option) => _values.ContainsKey(option.Name);

    /// <summary>With another value of <paramref name="option"/>; null takes its value away.</summary>
    public OptionValues With<T>(Option<T> option, T value) => (object?)value switch
    {
        null => Without(option.Name),
        int n => With(option.Name, (long)n),
        object other => With(option.Name, other),
    };

    /// <summary>With a value as <see cref="OptionSpec.Parse"/> gives it.</summary>
    public OptionValues With(string name, object value) => new(_values.SetItem(name, value));

    /// <summary>Without a value of that name.</summary>
    public OptionValues Without(string name) => new(_values.Remove(name));

    /// <summary>Without a value of <paramref name="option"/>: its default holds.</summary>
    public OptionValues Without(OptionSpec option) => Without(option.Name);

    /// <summary>These values, and where there are none those of <paramref name="below"/>.</summary>
    public OptionValues Over(OptionValues below) => new(below._values.SetItems(_values));

    /// <summary>Only the values of these options.</summary>
    public OptionValues Only(IEnumerable<OptionSpec> options)
    {
        var names = options.Select(o => o.Name).ToHashSet(StringComparer.Ordinal);
        return new(_values.RemoveRange(_values.Keys.Where(name => !names.Contains(name))));
    }

    /// <summary>
    /// What the result of a run depends on, by name: every option of version 1 that moves numbers, and later ones that are not at
    /// their default. So steps and cadences do not change it, nor does an option that did not exist when it was written.
    /// </summary>
    /// <param name="options">Those of the run; <see cref="OptionList.Filled"/> has filled in their values.</param>
    public IReadOnlyDictionary<string, string> Fingerprint(IEnumerable<OptionSpec> options)
    {
        var entries = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var option in options.Where(o => o.MovesNumbers))
        {
            var value = _values.TryGetValue(option.Name, out var own) ? option.Accept(own) ?? own : option.Fallback;
            if (value is not null && (option.Since == 1 || !Same(value, option.Fallback))) entries[option.Name] = OptionSpec.Format(value);
        }
        return entries;
    }

    /// <summary>A JSON object, its members in the order of their names.</summary>
    public string ToJson() => JsonSerializer.Serialize(this);

    /// <summary>Writes it as <see cref="ToJson"/>: for converters of types that hold options and more.</summary>
    public void WriteTo(Utf8JsonWriter writer) => OptionValuesJson.Write(writer, this);

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    /// <exception cref="JsonException">As <see cref="FromJson"/>.</exception>
    public static OptionValues Read(ref Utf8JsonReader reader) => OptionValuesJson.Read(ref reader);

    /// <summary>
    /// Reads a JSON object; a member that is null is not there. A value that no option can have is kept, for the check to report.
    /// </summary>
    /// <exception cref="JsonException">It is no JSON object, or names a member twice.</exception>
    public static OptionValues FromJson(string json) =>
        JsonSerializer.Deserialize<OptionValues>(json) ?? throw new JsonException("Options are null; wanted a JSON object.");

    /// <inheritdoc/>
    public bool Equals(OptionValues? other) =>
        other is not null && _values.Count == other._values.Count && _values.All(pair => Same(pair.Value, other.Find(pair.Key)));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as OptionValues);

    /// <inheritdoc/>
    public override int GetHashCode() => _values.Keys.Aggregate(0, HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', _values.Select(pair => $"{pair.Key}={OptionSpec.Format(pair.Value)}"));

    private static bool Same(object? a, object? b) => a is null || b is null ? a is null && b is null
        : a is string == b is string && OptionSpec.Format(a) == OptionSpec.Format(b);
}
