using System.Text.Json;
using System.Text.Json.Serialization;
using ViCo.Options;

namespace ViCo.Engine;

/// <summary>What a caller asks of a training. What is not there is the base model's default, stated in its <c>vico.json</c>.</summary>
/// <remarks>A typed view of <see cref="Values"/>: an option without a property here is asked for by <c>Values</c> alone.</remarks>
[JsonConverter(typeof(TrainingOverridesJson))]
public sealed record TrainingOverrides
{
    /// <summary>The values asked for.</summary>
    public OptionValues Values { get; init; } = OptionValues.None;

    /// <inheritdoc cref="TrainingOption.Steps"/>
    public int? Steps { get => Values.Asked(TrainingOption.Steps); init => Values = Values.WithAsked(TrainingOption.Steps, value); }

    /// <inheritdoc cref="TrainingOption.BatchSize"/>
    public int? BatchSize { get => Values.Asked(TrainingOption.BatchSize); init =>
        Values = Values.WithAsked(TrainingOption.BatchSize, value); }

    /// <inheritdoc cref="TrainingOption.Seed"/>
    public long? Seed { get => Values.Asked(TrainingOption.Seed); init => Values = Values.WithAsked(TrainingOption.Seed, value); }

    /// <inheritdoc cref="PlaceholderOption.EmbeddingLearningRate"/>
    public double? EmbeddingLearningRate { get => Values.Asked(PlaceholderOption.EmbeddingLearningRate); init =>
        Values = Values.WithAsked(PlaceholderOption.EmbeddingLearningRate, value); }

    /// <inheritdoc cref="VisualConditionOption.BlockLearningRate"/>
    public double? BlockLearningRate { get => Values.Asked(VisualConditionOption.BlockLearningRate); init =>
        Values = Values.WithAsked(VisualConditionOption.BlockLearningRate, value); }

    /// <inheritdoc cref="VisualConditionOption.RegularizationWeight"/>
    public double? RegularizationWeight { get => Values.Asked(VisualConditionOption.RegularizationWeight); init =>
        Values = Values.WithAsked(VisualConditionOption.RegularizationWeight, value); }

    /// <inheritdoc cref="TrainingOption.Method"/>
    public string? Method { get => Values.Asked(TrainingOption.Method); init => Values = Values.WithAsked(TrainingOption.Method, value); }

    /// <inheritdoc cref="TrainingOption.TokenMerging"/>
    public double? TokenMerging { get => Values.Asked(TrainingOption.TokenMerging); init =>
        Values = Values.WithAsked(TrainingOption.TokenMerging, value); }

    /// <inheritdoc cref="TrainingOption.CheckpointEvery"/>
    public int? CheckpointEvery { get => Values.Asked(TrainingOption.CheckpointEvery); init =>
        Values = Values.WithAsked(TrainingOption.CheckpointEvery, value); }

    /// <inheritdoc cref="TrainingOption.ResumeEvery"/>
    public int? ResumeEvery { get => Values.Get(TrainingOption.ResumeEvery); init =>
        Values = Values.With(TrainingOption.ResumeEvery, value); }

    /// <inheritdoc cref="TrainingOption.PreviewEvery"/>
    public int? PreviewEvery { get => Values.Asked(TrainingOption.PreviewEvery); init =>
        Values = Values.WithAsked(TrainingOption.PreviewEvery, value); }

    /// <inheritdoc cref="TrainingOption.Half"/>
    public bool? Half { get => Values.Asked(TrainingOption.Half); init => Values = Values.WithAsked(TrainingOption.Half, value); }

    /// <summary>With a value of any option.</summary>
    public TrainingOverrides With<T>(Option<T> option, T value) => this with { Values = Values.With(option, value) };
}

/// <summary>The values alone, flat; as earlier files hold them, with nested switches, they read as well.</summary>
internal sealed class TrainingOverridesJson : JsonConverter<TrainingOverrides>
{
    public override TrainingOverrides Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new() { Values = OptionValues.Read(ref reader) };

    public override void Write(Utf8JsonWriter writer, TrainingOverrides value, JsonSerializerOptions options) =>
        value.Values.WriteTo(writer);
}
