namespace ViCo.Options;

/// <summary>What methods may be told that learn low-rank pairs beside frozen layers (LoRA).</summary>
public static class LowRankOption
{
    /// <summary>AdamW's rate of the pairs.</summary>
    public static Option<double> LoraLearningRate { get; } = Option.Number(
        "loraLearningRate", 0, 1, 1e-4, "AdamW's rate of the low-rank pairs. More learns faster and may overshoot.")
        with { Since = 2, FromModel = true, Expert = true };

    /// <summary>Rank of a pair.</summary>
    public static Option<int> Rank { get; } = Option.Integer(
        "rank", 1, 1024, 4, "Rank of each low-rank pair. More hold more of the object, in a larger file.")
        with { Since = 2, Expert = true };

    /// <summary>Strength of the pairs.</summary>
    public static Option<double?> Alpha { get; } = Option.OptionalNumber(
        "alpha", 0, 65_536, "What a pair adds counts alpha / rank times; by default once. More learns faster at the same rate.")
        with { Since = 2, Expert = true };

    /// <summary>Layers with a pair.</summary>
    public static Option<IReadOnlyList<string>> LoraTargets { get; } = Option.TextList(
        "loraTargets", 512,
        "Which layers get a pair: ends of their names in diffusers, such as to_k or ff.net.2. "
            + "By default queries, keys, values and outputs of every attention.")
        with { Since = 2, Expert = true };

    /// <summary>Whether the text tower gets pairs too.</summary>
    public static Option<bool> LoraText { get; } = Option.Switch(
        "loraText", false, "Give the text tower low-rank pairs too. It learns the object better and keeps to prompts less.")
        with { Since = 2, Expert = true };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<OptionSpec> All { get; } = [LoraLearningRate, Rank, Alpha, LoraTargets, LoraText];
}
