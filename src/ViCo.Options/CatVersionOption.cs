namespace ViCo.Options;

/// <summary>What CatVersion may be told. Defaults are the published code's.</summary>
public static class CatVersionOption
{
    /// <summary>The method's name.</summary>
    public const string Method = "catversion";

    /// <summary>AdamW's rate of the prefix.</summary>
    public static Option<double> PrefixLearningRate { get; } = Option.Number(
        "prefixLearningRate", 0, 1, 0.01, "AdamW's rate of the text tower's prefix. More learns faster and may overshoot.")
        with { Since = 2, FromModel = true, Expert = true };

    /// <summary>Text layers with a prefix, counted from the last.</summary>
    public static Option<int> PrefixLayers { get; } = Option.Integer(
        "prefixLayers", 1, 48, 3, "How many of the text tower's last layers get a prefix. More change more of what the words mean.")
        with { Since = 2, Expert = true };

    /// <summary>Rows per layer.</summary>
    public static Option<int> PrefixLength { get; } = Option.Integer(
        "prefixLength", 1, 64, 1, "Rows of the prefix in front of a layer's keys and values. More hold more of the object.")
        with { Since = 2, Expert = true };

    /// <summary>Added to the logits of the prefix.</summary>
    public static Option<double> PrefixBias { get; } = Option.Number(
        "prefixBias", -100, 100, 1,
        "Added to the attention's logits of the prefix: 1 is the published code's, 0 treats it as any token. More weighs it more.")
        with { Since = 2, Expert = true };

    /// <summary>Whether texts that do not name the object have the prefix, too.</summary>
    public static Option<bool> PrefixInUnconditional { get; } = Option.Switch(
        "prefixInUnconditional", false,
        "Put the prefix in front of texts that do not name the object too, as of guidance's empty one; published pictures are without.")
        with { Since = 2, Expert = true };

    /// <summary>The method and its options.</summary>
    public static MethodOptions All { get; } = new(Method, "CatVersion: rows in front of the text tower's last layers", new OptionList(
    [
        PrefixLearningRate, PrefixLayers, PrefixLength, PrefixBias, PrefixInUnconditional,
    ]));
}
