namespace ViCo.Options;

/// <summary>What ViCo may be told. Where paper and published code differ, defaults follow the code (docs/engine.md).</summary>
public static class VisualConditionOption
{
    /// <summary>The method's name.</summary>
    public const string Method = "vico";

    /// <summary>AdamW's rate of the image cross-attention blocks.</summary>
    public static Option<double> BlockLearningRate { get; } = Option.Number(
        "blockLearningRate", 0, 1, 1e-5, "AdamW's rate of the image blocks. More learns faster and may overshoot.")
        with { FromModel = true, Expert = true, OldNames = ["blockLr"] };

    /// <summary>Weight λ of the regularisation.</summary>
    public static Option<double> RegularizationWeight { get; } = Option.Number(
        "regularizationWeight", 0, 1e6, 5e-4,
        "How strongly the word's attention is drawn to the end-of-text token's (ViCo eq. 6). More keeps it on the object.")
        with { FromModel = true, Expert = true, OldNames = ["regularization"] };

    /// <summary>Where the mask is laid over the image attention.</summary>
    public static Option<string> Mask { get; } = Option.Choice(
        "mask", "pre_softmax", "Where the mask is laid over the image attention.",
        new OptionChoice("pre_softmax", "before the softmax, as the published code does"),
        new OptionChoice("post_softmax", "after it, paper eq. 5"))
        with { Expert = true };

    /// <summary>How the regulariser is taken over patches.</summary>
    public static Option<string> RegularizationReduction { get; } = Option.Choice(
        "regularizationReduction", "mean", "How the regularisation is taken over patches.",
        new OptionChoice("mean", "as the published code does"), new OptionChoice("sum", "paper eq. 6"))
        with { Expert = true };

    /// <summary>Whether the end-of-text side of the regulariser carries no gradient.</summary>
    public static Option<bool> DetachEndOfText { get; } = Option.Switch(
        "detachEndOfText", true, "Let the regularisation move the word only, not what it is drawn towards.")
        with { Expert = true };

    /// <summary>Bins of Otsu's histogram.</summary>
    public static Option<int> OtsuBins { get; } = Option.Integer(
        "otsuBins", 0, 4096, 10,
        "Bins of the histogram that separates object from background; 0: the exact threshold. More bins come closer to it.")
        with { Expert = true, Except = [1] };

    /// <summary>Decoder attention ids that get an image block.</summary>
    public static Option<IReadOnlyList<int>> Layers { get; } = Option.IntegerList(
        "layers", 0, 63, [8, 10, 12, 14],
        "Numbers of the decoder's attention layers that get an image block. More see finer detail and cost time.")
        with { Expert = true };

    /// <summary>How image blocks start.</summary>
    public static Option<string> BlockInitialization { get; } = Option.Choice(
        "blockInitialization", "default", "How image blocks start.",
        new OptionChoice("default", "as the library starts layers, as the published code does"),
        new OptionChoice("zero_output", "without effect"))
        with { FromModel = true, Expert = true };

    /// <summary>Whether the image blocks also work in guidance's unconditional half.</summary>
    public static Option<bool> ImageInUnconditional { get; } = Option.Switch(
        "imageInUnconditional", true, "Let the image blocks work in guidance's unconditional half too, as the published code does.")
        with { Expert = true };

    /// <summary>Which column of the empty prompt gives the mask.</summary>
    public static Option<string> UnconditionalPlaceholder { get; } = Option.Choice(
        "unconditionalPlaceholder", "same_column", "Which column of the empty prompt gives the mask.",
        new OptionChoice("same_column", "the word's in the prompt, as the published code does"),
        new OptionChoice("end_of_text", "the end-of-text token's"))
        with { Expert = true };

    /// <summary>The method and its options.</summary>
    public static MethodOptions All { get; } = new(Method, "ViCo: the object's word and image blocks", new OptionList(
    [
        PlaceholderOption.EmbeddingLearningRate, BlockLearningRate, RegularizationWeight, PlaceholderOption.ScaleEmbeddingLearningRate,
        Mask, RegularizationReduction, DetachEndOfText, OtsuBins, Layers, BlockInitialization, ImageInUnconditional,
        UnconditionalPlaceholder,
    ]));

    /// <summary>The method with rotations of the U-Net's attentions beside, and its options.</summary>
    public static MethodOptions AllWithRotations { get; } = new(
        "vico-oft", "ViCo, and rotations of the U-Net's attentions beside it", All.Options.And(OftOption.Rotations));
}
