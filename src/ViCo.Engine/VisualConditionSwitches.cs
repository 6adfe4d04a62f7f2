using ViCo.Options;

namespace ViCo.Engine;

/// <summary>A typed view of options in which paper, official code and ports differ (docs/engine.md). Defaults follow the published code.</summary>
public sealed record VisualConditionSwitches
{
    /// <summary>The values; what is not there is the option's default.</summary>
    public OptionValues Values { get; init; } = OptionValues.None;

    /// <inheritdoc cref="VisualConditionOption.Mask"/>
    public string Mask { get => Values.Get(VisualConditionOption.Mask); init => Values = Values.With(VisualConditionOption.Mask, value); }

    /// <inheritdoc cref="VisualConditionOption.RegularizationReduction"/>
    public string RegularizationReduction { get => Values.Get(VisualConditionOption.RegularizationReduction); init => Values = Values.With(VisualConditionOption.RegularizationReduction, value); }

    /// <inheritdoc cref="VisualConditionOption.DetachEndOfText"/>
    public bool DetachEndOfText { get => Values.Get(VisualConditionOption.DetachEndOfText); init => Values = Values.With(VisualConditionOption.DetachEndOfText, value); }

    /// <inheritdoc cref="TrainingOption.TargetOrder"/>
    public string TargetOrder { get => Values.Get(TrainingOption.TargetOrder); init => Values = Values.With(TrainingOption.TargetOrder, value); }

    /// <inheritdoc cref="TrainingOption.Resize"/>
    public string Resize { get => Values.Get(TrainingOption.Resize); init => Values = Values.With(TrainingOption.Resize, value); }

    /// <inheritdoc cref="TrainingOption.Flip"/>
    public double Flip { get => Values.Get(TrainingOption.Flip); init => Values = Values.With(TrainingOption.Flip, value); }

    /// <inheritdoc cref="VisualConditionOption.OtsuBins"/>
    public int OtsuBins { get => Values.Get(VisualConditionOption.OtsuBins); init => Values = Values.With(VisualConditionOption.OtsuBins, value); }

    /// <inheritdoc cref="VisualConditionOption.Layers"/>
    public IReadOnlyList<int> Layers { get => Values.Get(VisualConditionOption.Layers); init => Values = Values.With(VisualConditionOption.Layers, value); }

    /// <inheritdoc cref="VisualConditionOption.BlockInitialization"/>
    public string BlockInitialization { get => Values.Get(VisualConditionOption.BlockInitialization); init => Values = Values.With(VisualConditionOption.BlockInitialization, value); }

    /// <inheritdoc cref="TrainingOption.Captions"/>
    public string Captions { get => Values.Get(TrainingOption.Captions); init => Values = Values.With(TrainingOption.Captions, value); }

    /// <inheritdoc cref="VisualConditionOption.ImageInUnconditional"/>
    public bool ImageInUnconditional { get => Values.Get(VisualConditionOption.ImageInUnconditional); init => Values = Values.With(VisualConditionOption.ImageInUnconditional, value); }

    /// <inheritdoc cref="VisualConditionOption.UnconditionalPlaceholder"/>
    public string UnconditionalPlaceholder { get => Values.Get(VisualConditionOption.UnconditionalPlaceholder); init => Values = Values.With(VisualConditionOption.UnconditionalPlaceholder, value); }

    /// <inheritdoc cref="PlaceholderOption.ScaleEmbeddingLearningRate"/>
    public bool ScaleEmbeddingLearningRate { get => Values.Get(PlaceholderOption.ScaleEmbeddingLearningRate); init => Values = Values.With(PlaceholderOption.ScaleEmbeddingLearningRate, value); }
}
