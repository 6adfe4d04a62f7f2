using System.Text.Json;
using System.Text.Json.Serialization;
using Orleans.Concurrency;
using ViCo.Options;

namespace ViCo.Grains.Jobs;

/// <summary>What a training was told; everything else is the base model's default. In JSON the options are its members.</summary>
[Immutable, Alias("vico.training-settings"), JsonConverter(typeof(TrainingSettingsJson))]
public sealed record TrainingSettings(OptionValues Options)
{
    /// <summary>Everything is the base model's default.</summary>
    public TrainingSettings()
        : this(OptionValues.None)
    {
    }

    /// <summary>Steps asked for; null: the base model's, which the worker tells.</summary>
    public int? Steps => (int?)(Options.Find(TrainingOption.Steps.Name) as long?);
}

/// <summary>Options alone, flat.</summary>
public sealed class TrainingSettingsJson : JsonConverter<TrainingSettings>
{
    /// <inheritdoc/>
    public override TrainingSettings Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(OptionValues.Read(ref reader));

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TrainingSettings value, JsonSerializerOptions options) =>
        value.Options.WriteTo(writer);
}
