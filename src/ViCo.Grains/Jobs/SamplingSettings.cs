using System.Text.Json;
using System.Text.Json.Serialization;
using Orleans.Concurrency;
using ViCo.Grains.Concepts;
using ViCo.Options;

namespace ViCo.Grains.Jobs;

/// <summary>What a sampling was told. In JSON the options stand beside the other members.</summary>
/// <param name="Prompt">Holds <c>*</c> or <c>S*</c> where the object goes; of several objects
/// <c>&lt;1&gt;</c> or <c>S1*</c> and so on.</param>
/// <param name="Options">What is not there is the base model's default.</param>
[Immutable, Alias("vico.sampling-settings"), JsonConverter(typeof(SamplingSettingsJson))]
public sealed record SamplingSettings(string Prompt, OptionValues Options)
{
    /// <summary>Everything but the prompt is the base model's default.</summary>
    public SamplingSettings(string prompt)
        : this(prompt, OptionValues.None)
    {
    }

    /// <summary>
    /// Photo ids of the concept to attend to; each object that the prompt names and none of them shows adds its first photo.
    /// </summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>The checkpoint; null: the concept's default.</summary>
    public CheckpointChoice? Checkpoint { get; init; }

    /// <summary>
    /// Name under which <see cref="Options"/> hold the concepts whose low-rank pairs are added: no option of an engine, which knows none.
    /// </summary>
    public const string LorasName = "loras";

    /// <summary>Concepts whose low-rank pairs are added, each as <see cref="LoraChoice"/> reads it.</summary>
    public IReadOnlyList<string> Loras => Options.Find(LorasName) as IReadOnlyList<string> ?? [];

    /// <summary>Pictures to draw.</summary>
    public int Count => (int)(Options.Find(SamplingOption.Count.Name) as long? ?? SamplingOption.Count.Default);

    /// <summary>Picture i has seed Seed + i.</summary>
    public long Seed => Options.Find(SamplingOption.Seed.Name) as long? ?? SamplingOption.Seed.Default;
}

/// <summary>Prompt, references and checkpoint among the options, flat.</summary>
public sealed class SamplingSettingsJson : JsonConverter<SamplingSettings>
{
    private const string Prompt = "prompt", References = "references", Checkpoint = "checkpoint";

    /// <inheritdoc/>
    public override SamplingSettings Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var values = OptionValues.Read(ref reader);
        return new(values.Find(Prompt) as string ?? throw new JsonException("A sampling has no prompt."),
            values.Without(Prompt).Without(References).Without(Checkpoint))
        {
            References = values.Find(References) as IReadOnlyList<string> ?? [],
            Checkpoint = values.Find(Checkpoint) switch
            {
                null => null,
                long step => new(null, (int)step),
                string text when CheckpointChoice.TryParse(text) is { } choice => choice,
                var other => throw new JsonException($"A sampling's checkpoint is {other}; wanted a step or '{{run}}:{{step}}'."),
            },
        };
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, SamplingSettings value, JsonSerializerOptions options)
    {
        var all = value.Options.With(Prompt, value.Prompt).With(References, value.References);
        var chosen = value.Checkpoint switch
        {
            null => all,
            { Run: null } choice => all.With(Checkpoint, (long)choice.Step),
            var choice => all.With(Checkpoint, $"{choice}"),
        };
        chosen.WriteTo(writer);
    }
}
