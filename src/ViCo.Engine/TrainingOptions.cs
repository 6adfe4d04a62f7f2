using System.Text.Json;
using ViCo.Options;

namespace ViCo.Engine;

/// <summary>The options in force of one training: the base model's defaults with what the caller asks for laid over them.</summary>
/// <remarks>A typed view of <see cref="Values"/>: whoever needs an option without a property here asks <c>Values.Get(…)</c>.</remarks>
public sealed record TrainingOptions
{
    private TrainingOptions(OptionValues values, OptionCatalog catalog) => (Values, Catalog) = (values, catalog);

    /// <summary>A value for every option of every method.</summary>
    public OptionValues Values { get; private init; }

    /// <summary>The options that there are.</summary>
    internal OptionCatalog Catalog { get; }

    /// <inheritdoc cref="TrainingOption.Steps"/>
    public int Steps { get => Values.Get(TrainingOption.Steps); init => Values = Values.With(TrainingOption.Steps, value); }

    /// <inheritdoc cref="TrainingOption.BatchSize"/>
    public int BatchSize { get => Values.Get(TrainingOption.BatchSize); init => Values = Values.With(TrainingOption.BatchSize, value); }

    /// <inheritdoc cref="TrainingOption.Seed"/>
    public long Seed { get => Values.Get(TrainingOption.Seed); init => Values = Values.With(TrainingOption.Seed, value); }

    /// <inheritdoc cref="PlaceholderOption.EmbeddingLearningRate"/>
    public double EmbeddingLearningRate { get => Values.Get(PlaceholderOption.EmbeddingLearningRate); init =>
        Values = Values.With(PlaceholderOption.EmbeddingLearningRate, value); }

    /// <inheritdoc cref="VisualConditionOption.BlockLearningRate"/>
    public double BlockLearningRate { get => Values.Get(VisualConditionOption.BlockLearningRate); init =>
        Values = Values.With(VisualConditionOption.BlockLearningRate, value); }

    /// <inheritdoc cref="TrainingOption.WeightDecay"/>
    public double WeightDecay { get => Values.Get(TrainingOption.WeightDecay); init =>
        Values = Values.With(TrainingOption.WeightDecay, value); }

    /// <inheritdoc cref="VisualConditionOption.RegularizationWeight"/>
    public double RegularizationWeight { get => Values.Get(VisualConditionOption.RegularizationWeight); init =>
        Values = Values.With(VisualConditionOption.RegularizationWeight, value); }

    /// <inheritdoc cref="TrainingOption.Method"/>
    public string Method { get => Values.Get(TrainingOption.Method); init => Values = Values.With(TrainingOption.Method, value); }

    /// <inheritdoc cref="TrainingOption.CheckpointEvery"/>
    public int CheckpointEvery { get => Values.Get(TrainingOption.CheckpointEvery); init =>
        Values = Values.With(TrainingOption.CheckpointEvery, value); }

    /// <inheritdoc cref="TrainingOption.ResumeEvery"/>
    public int? ResumeEvery { get => Values.Get(TrainingOption.ResumeEvery); init =>
        Values = Values.With(TrainingOption.ResumeEvery, value); }

    /// <inheritdoc cref="TrainingOption.PreviewEvery"/>
    public int PreviewEvery { get => Values.Get(TrainingOption.PreviewEvery); init =>
        Values = Values.With(TrainingOption.PreviewEvery, value); }

    /// <inheritdoc cref="TrainingOption.Half"/>
    public bool Half { get => Values.Get(TrainingOption.Half); init => Values = Values.With(TrainingOption.Half, value); }

    /// <summary>Share of the finest blocks' tokens that is merged away, up to 0.75; null: none.</summary>
    public double? TokenMerging
    {
        get => Values.Get(TrainingOption.TokenMerging) is > 0 and var ratio ? ratio : null;
        init => Values = Values.With(TrainingOption.TokenMerging, value ?? 0);
    }

    /// <summary>
    /// Fills what <paramref name="asked"/> leaves open from the base model's
    /// <paramref name="defaults"/>, and the rest from the descriptions.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such option, or a value is out of its range; the
    /// message names all that is wrong.</exception>
    public static TrainingOptions From(BaseModelDefaults defaults, TrainingOverrides asked, OptionCatalog? catalog = null)
    {
        catalog ??= OptionCatalog.Default;
        var list = catalog.Training;
        return new(list.Checked(list.Filled(asked.Values.Over(defaults.Training))), catalog);
    }

    /// <summary>With a value of any option.</summary>
    public TrainingOptions With<T>(Option<T> option, T value) => this with { Values = Values.With(option, value) };

    /// <summary>The same on an engine of these options.</summary>
    internal TrainingOptions On(OptionValues engine) => this with { Values = engine.Over(Values) };

    /// <summary>
    /// The options as JSON, camel case, for job logs and checkpoint metadata; programs from before options were described read it, too.
    /// </summary>
    public string ToJson() => TrainingOptionsBefore.Json(Values, InForce);

    /// <summary>Reads what <see cref="ToJson"/> wrote, now or before options were described.</summary>
    /// <exception cref="InvalidDataException">Not such JSON.</exception>
    public static TrainingOptions FromJson(string json, OptionCatalog? catalog = null)
    {
        try
        {
            return new(OptionValues.FromJson(json), catalog ?? OptionCatalog.Default);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"Training options do not read: {e.Message}", e);
        }
    }

    /// <summary>What of them moves the training's numbers, by name.</summary>
    internal IReadOnlyDictionary<string, string> Fingerprint() => Values.Fingerprint(InForce);

    /// <summary>Those of its method, or of all where it is not known here, as one may read of in a checkpoint; and the engine's.</summary>
    private OptionList InForce => (Catalog.Methods.Any(m => m.Name == Method) ? Catalog.TrainingBy(Method) : Catalog.Training)
        .And(EngineOption.All);

    /// <summary>Whether a checkpoint is due after <paramref name="step"/>: every so many steps, and after the last.</summary>
    internal bool CheckpointDue(int step) => step % CheckpointEvery == 0 || step == Steps;

    internal bool PreviewDue(int step) => PreviewEvery > 0 && step % PreviewEvery == 0;
}
