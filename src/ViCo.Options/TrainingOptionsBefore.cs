using System.Text;
using System.Text.Json;

namespace ViCo.Options;

/// <summary>Options of a training as they were written before each was described once. Frozen: old resume points hold its hash.</summary>
public static class TrainingOptionsBefore
{
    private const long ResumeEvery = 25;

    private static readonly OptionSpec[] _outside =
    [
        TrainingOption.Steps, TrainingOption.BatchSize, TrainingOption.Seed, PlaceholderOption.EmbeddingLearningRate,
        VisualConditionOption.BlockLearningRate, TrainingOption.WeightDecay, VisualConditionOption.RegularizationWeight,
        TrainingOption.Method, TrainingOption.CheckpointEvery, TrainingOption.ResumeEvery, TrainingOption.PreviewEvery,
    ];

    private static readonly OptionSpec[] _onlyWhereSet = [TrainingOption.TokenMerging, EngineOption.Precision];

    private static readonly OptionSpec[] _switches =
    [
        VisualConditionOption.Mask, VisualConditionOption.RegularizationReduction, VisualConditionOption.DetachEndOfText,
        TrainingOption.TargetOrder, TrainingOption.Resize, TrainingOption.Flip, VisualConditionOption.OtsuBins,
        VisualConditionOption.Layers, VisualConditionOption.BlockInitialization, TrainingOption.Captions,
        VisualConditionOption.ImageInUnconditional,
        VisualConditionOption.UnconditionalPlaceholder, PlaceholderOption.ScaleEmbeddingLearningRate,
    ];

    private static readonly HashSet<string> _known = [.. _outside.Concat(_onlyWhereSet).Concat(_switches).Select(o => o.Name)];

    /// <summary>The options in force as JSON of that time.</summary>
    /// <param name="values">Of every method, filled in.</param>
    /// <param name="later">Options that came later, to be written beside them.</param>
    public static string Json(OptionValues values, params IEnumerable<OptionSpec> later)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            foreach (var option in _outside) Write(option);
            foreach (var option in _onlyWhereSet)
            {
                if (values.Find(option.Name) is { } value && !Equals(option.Accept(value), option.Fallback)) Write(option);
            }
            foreach (var option in later.ExceptBy(_known, o => o.Name))
            {
                // As in fingerprints, an option that came later is left out where it has its default.
                if (values.Find(option.Name) is { } value && (option.FromModel || !Equals(option.Accept(value), option.Fallback))) Write(
                    option);
            }
            writer.WriteStartObject("switches");
            foreach (var option in _switches) Write(option);
            writer.WriteEndObject();
            writer.WriteEndObject();

            void Write(OptionSpec option)
            {
                writer.WritePropertyName(option.Name);
                OptionValuesJson.Write(writer, values.Find(option.Name) is { } value ? option.Accept(value) ?? value
                    : option.Fallback ?? ResumeEvery);
            }
        }
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
