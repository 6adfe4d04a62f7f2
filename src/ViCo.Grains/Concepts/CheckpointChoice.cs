using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ViCo.Grains.Concepts;

/// <summary>
/// Which checkpoint is meant: <c>{run}:{step}</c>, or a bare step, which is that of the default's run, else of the newest run that has it.
/// </summary>
[GenerateSerializer, Immutable, Alias("vico.checkpoint-choice")]
[JsonConverter(typeof(CheckpointChoiceJson))]
public sealed record CheckpointChoice([property: Id(0)] string? Run, [property: Id(1)] int Step)
{
    /// <summary>Largest step.</summary>
    public const int MaxStep = 100_000;

    /// <summary>The choice that a text names, or null when it names none.</summary>
    public static CheckpointChoice? TryParse(string text)
    {
        var cut = text.LastIndexOf(':');
        var run = cut < 0 ? null : text[..cut];
        return run is not { Length: 0 or > 80 } && (run is null || run.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            && int.TryParse(text.AsSpan(cut + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
                && step is >= 1 and <= MaxStep
                ? new(run, step) : null;
    }

    /// <summary>As <see cref="TryParse"/> reads it.</summary>
    public override string ToString() => Run is null ? Step.ToString(CultureInfo.InvariantCulture)
        : $"{Run}:{Step.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>A text as <see cref="CheckpointChoice.TryParse"/> reads it; a step is also read as the number that it is.</summary>
public sealed class CheckpointChoiceJson : JsonConverter<CheckpointChoice>
{
    /// <inheritdoc/>
    public override CheckpointChoice Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
    {
        JsonTokenType.Number when reader.TryGetInt32(out var step) => new(null, step),
        JsonTokenType.String when CheckpointChoice.TryParse(reader.GetString()!) is { } choice => choice,
        _ => throw new JsonException("wanted a step or '{run}:{step}'."),
    };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, CheckpointChoice value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
