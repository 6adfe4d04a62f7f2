using System.Text.Json;
using System.Text.Json.Serialization;
using ViCo.Engine.Models;
using static ViCo.Engine.OptionChecks;

namespace ViCo.Engine.Training;

/// <summary>The options in force of one training: the base model's defaults with the caller's overrides laid over them.</summary>
public sealed record TrainingOptions
{
    /// <summary>The ViCo method: S★ and image blocks.</summary>
    public const string VisualConditionMethod = "vico";

    /// <summary>Textual Inversion: S★ alone, image blocks off.</summary>
    public const string TextualInversionMethod = "textual-inversion";

    /// <inheritdoc cref="TrainingOverrides.Steps"/>
    public required int Steps { get; init; }

    /// <inheritdoc cref="TrainingOverrides.BatchSize"/>
    public required int BatchSize { get; init; }

    /// <inheritdoc cref="TrainingOverrides.Seed"/>
    public required long Seed { get; init; }

    /// <inheritdoc cref="TrainingOverrides.EmbeddingLearningRate"/>
    public required double EmbeddingLearningRate { get; init; }

    /// <inheritdoc cref="TrainingOverrides.BlockLearningRate"/>
    public required double BlockLearningRate { get; init; }

    /// <summary>AdamW's decoupled weight decay, both groups.</summary>
    public required double WeightDecay { get; init; }

    /// <inheritdoc cref="TrainingOverrides.RegularizationWeight"/>
    public required double RegularizationWeight { get; init; }

    /// <inheritdoc cref="TrainingOverrides.Method"/>
    public required string Method { get; init; }

    /// <inheritdoc cref="TrainingOverrides.CheckpointEvery"/>
    public required int CheckpointEvery { get; init; }

    /// <inheritdoc cref="TrainingOverrides.ResumeEvery"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ResumeEvery { get; init; }

    /// <inheritdoc cref="TrainingOverrides.PreviewEvery"/>
    public required int PreviewEvery { get; init; }

    /// <inheritdoc cref="TrainingOverrides.Half"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Half { get; init; }

    /// <summary>Share of the finest blocks' tokens that is merged away, up to 0.75; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TokenMerging { get; init; }

    /// <summary>What the frozen networks are computed in, a value of <see cref="Engine.Precision"/>; null: <c>fp32</c>. What is trained is float32 in any case.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Precision { get; init; }

    /// <summary>The switches, with <see cref="VisualConditionSwitches.BlockInitialization"/> and <see cref="VisualConditionSwitches.Captions"/> filled in.</summary>
    public required VisualConditionSwitches Switches { get; init; }

    /// <summary>Fills what <paramref name="overrides"/> leaves open from the base model's <paramref name="defaults"/>.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public static TrainingOptions From(BaseModelDefaults defaults, TrainingOverrides overrides) =>
        From(defaults, overrides, [VisualConditionMethod, TextualInversionMethod]);

    /// <summary>As <see cref="From(BaseModelDefaults, TrainingOverrides)"/>, for an engine with methods of choice.</summary>
    /// <param name="methods">Their names.</param>
    internal static TrainingOptions From(BaseModelDefaults defaults, TrainingOverrides overrides, IReadOnlyList<string> methods)
    {
        var training = defaults.Training;
        var switches = overrides.Switches ?? new();
        var options = new TrainingOptions
        {
            Steps = Check(overrides.Steps ?? training.Steps, 1, 100_000, nameof(Steps)),
            BatchSize = Check(overrides.BatchSize ?? training.BatchSize, 1, 64, nameof(BatchSize)),
            Seed = overrides.Seed ?? 23,
            EmbeddingLearningRate = Rate(overrides.EmbeddingLearningRate ?? training.EmbeddingLearningRate, nameof(EmbeddingLearningRate)),
            BlockLearningRate = Rate(overrides.BlockLearningRate ?? training.BlockLearningRate, nameof(BlockLearningRate)),
            WeightDecay = Rate(training.WeightDecay, nameof(WeightDecay)),
            RegularizationWeight = Rate(overrides.RegularizationWeight ?? training.RegularizationWeight, nameof(RegularizationWeight)),
            Method = OneOf(overrides.Method ?? VisualConditionMethod, nameof(Method), [.. methods]),
            CheckpointEvery = Check(overrides.CheckpointEvery ?? 50, 1, 100_000, nameof(CheckpointEvery)),
            ResumeEvery = overrides.ResumeEvery is { } every ? Check(every, 1, 100_000, nameof(ResumeEvery)) : null,
            PreviewEvery = Check(overrides.PreviewEvery ?? 50, 0, 100_000, nameof(PreviewEvery)),
            Half = overrides.Half ?? false,
            TokenMerging = MergeRatio(overrides.TokenMerging),
            Switches = switches with
            {
                BlockInitialization = switches.BlockInitialization ?? training.BlockInitialization,
                Captions = switches.Captions ?? training.Captions,
            },
        };
        CheckSwitches(options.Switches);
        return options;
    }

    /// <summary>The options as JSON, camel case, for job logs and checkpoint metadata.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, EngineJson.Default.TrainingOptions);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="InvalidDataException">Not such JSON.</exception>
    public static TrainingOptions FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, EngineJson.Default.TrainingOptions)
                ?? throw new InvalidDataException("Training options are null; wanted a JSON object.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"Training options do not read: {e.Message}", e);
        }
    }

    /// <summary>Whether a checkpoint is due after <paramref name="step"/>: every so many steps, and after the last.</summary>
    internal bool CheckpointDue(int step) => step % CheckpointEvery == 0 || step == Steps;

    internal bool PreviewDue(int step) => PreviewEvery > 0 && step % PreviewEvery == 0;

    private static void CheckSwitches(VisualConditionSwitches s)
    {
        OneOf(s.Mask, nameof(s.Mask), "pre_softmax", "post_softmax");
        OneOf(s.RegularizationReduction, nameof(s.RegularizationReduction), "mean", "sum");
        OneOf(s.TargetOrder, nameof(s.TargetOrder), "shuffled", "sequential");
        OneOf(s.Resize, nameof(s.Resize), "squash", "crop", "letterbox");
        OneOf(s.BlockInitialization!, nameof(s.BlockInitialization), "default", "zero_output");
        OneOf(s.Captions!, nameof(s.Captions), "all", "photo");
        OneOf(s.UnconditionalPlaceholder, nameof(s.UnconditionalPlaceholder), "same_column", "end_of_text");
        if (s.Flip is not (>= 0 and <= 1))
            throw new ArgumentException($"Flip is {s.Flip}; wanted a probability from 0 to 1.");
        if (s.OtsuBins is not (0 or >= 2) || s.OtsuBins > 4096)
            throw new ArgumentException($"OtsuBins is {s.OtsuBins}; wanted 0 (exact) or 2 to 4096.");
        if (s.Layers.Count == 0 || s.Layers.Distinct().Count() != s.Layers.Count)
            throw new ArgumentException($"Layers is [{string.Join(", ", s.Layers)}]; wanted at least one attention id, each once.");
    }

    private static double Rate(double value, string name) =>
        double.IsFinite(value) && value >= 0 ? value : throw new ArgumentException($"{name} is {value}; wanted a finite number of at least 0.");
}
