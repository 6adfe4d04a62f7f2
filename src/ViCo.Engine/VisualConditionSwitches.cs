namespace ViCo.Engine;

/// <summary>Where paper, official code and ports differ (docs/engine.md). Defaults follow the published checkpoints.</summary>
public sealed record VisualConditionSwitches
{
    /// <summary><c>pre_softmax</c> (official code) or <c>post_softmax</c> (paper eq. 5).</summary>
    public string Mask { get; init; } = "pre_softmax";

    /// <summary><c>mean</c> (official code) or <c>sum</c> (paper eq. 6) over patches.</summary>
    public string RegularizationReduction { get; init; } = "mean";

    /// <summary>Whether the end-of-text side of the regulariser carries no gradient.</summary>
    public bool DetachEndOfText { get; init; } = true;

    /// <summary><c>shuffled</c> (official code) or <c>sequential</c> (paper).</summary>
    public string TargetOrder { get; init; } = "shuffled";

    /// <summary><c>squash</c> (official code), <c>crop</c> (short side, centre) or <c>letterbox</c>.</summary>
    public string Resize { get; init; } = "crop";

    /// <summary>Probability of a horizontal flip, 0 to 1.</summary>
    public double Flip { get; init; }

    /// <summary>Otsu histogram bins: 10 (official code), any number from 2, or 0 for the exact threshold.</summary>
    public int OtsuBins { get; init; } = 10;

    /// <summary>Decoder attention ids that get an image block.</summary>
    public IReadOnlyList<int> Layers { get; init; } = [8, 10, 12, 14];

    /// <summary><c>default</c> (library initialisation, official code) or <c>zero_output</c> (blocks start as identity); null: the base model's.</summary>
    public string? BlockInitialization { get; init; }

    /// <summary>Captions of training: <c>all</c> (Textual Inversion's 81 lines, official code) or <c>photo</c> (the 27 of them that say "photo"); null: the base model's.</summary>
    public string? Captions { get; init; }

    /// <summary>Whether the image blocks also work in guidance's unconditional half (official code) or not.</summary>
    public bool ImageInUnconditional { get; init; } = true;

    /// <summary><c>same_column</c> (official code) or <c>end_of_text</c>: which column of the empty prompt gives the mask.</summary>
    public string UnconditionalPlaceholder { get; init; } = "same_column";

    /// <summary>Multiply S★'s rate by batch size, as the official code's default does on several devices.</summary>
    public bool ScaleEmbeddingLearningRate { get; init; }
}
