namespace ViCo.Options;

/// <summary>What orthogonal fine-tuning may be told.</summary>
public static class OftOption
{
    /// <summary>The method's name.</summary>
    public const string Method = "oft";

    /// <summary>AdamW's rate of the rotations.</summary>
    public static Option<double> OftLearningRate { get; } = Option.Number(
        "oftLearningRate", 0, 1, 6e-5, "AdamW's rate of the rotations. More learns faster and may overshoot.")
        with { Since = 2, FromModel = true, Expert = true };

    /// <summary>Blocks of a rotation.</summary>
    public static Option<int> OftBlocks { get; } = Option.Integer(
        "oftBlocks", 1, 64, 4, "Blocks that each layer's input is rotated in, one by one. More make the file smaller and learn less.")
        with { Since = 2, Expert = true };

    /// <summary>Whether one block serves all.</summary>
    public static Option<bool> OftShared { get; } = Option.Switch(
        "oftShared", false, "Let all blocks of a layer turn alike: a file smaller by the number of blocks.")
        with { Since = 2, Expert = true };

    /// <summary>How far a rotation may go.</summary>
    public static Option<double?> OftLimit { get; } = Option.OptionalNumber(
        "oftLimit", 1e-9, 1, "How far a block may turn (COFT's epsilon); by default as far as it likes. More learns more and forgets more.")
        with { Since = 2, Expert = true };

    /// <summary>Whether a series stands in for the rotation's exact form.</summary>
    public static Option<int?> OftTerms { get; } = Option.OptionalInteger(
        "oftTerms", 4, 32,
        "Terms of a series in place of a rotation's exact form, as PEFT has it by default with 5; by default the exact form. "
            + "More come nearer to it.")
        with { Since = 2, Expert = true };

    /// <summary>Those of the rotations alone.</summary>
    public static IReadOnlyList<OptionSpec> Rotations { get; } = [OftLearningRate, OftBlocks, OftShared, OftLimit, OftTerms];

    /// <summary>The method and its options.</summary>
    public static MethodOptions All { get; } = new(
        Method, "OFT: rotations of what the attentions' weights see, keeping the class as it was",
        new OptionList([DreamBoothOption.Identifier, .. Rotations, .. PriorOption.All, .. DenoisingOption.All]));
}
