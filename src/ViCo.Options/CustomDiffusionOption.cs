namespace ViCo.Options;

/// <summary>What Custom Diffusion may be told.</summary>
public static class CustomDiffusionOption
{
    /// <summary>The method's name.</summary>
    public const string Method = "custom-diffusion";

    /// <summary>The value of <see cref="CustomLayers"/> that replaces all four projections.</summary>
    public const string WholeAttention = "attention";

    /// <summary>AdamW's rate of the replaced weights and of the object's word.</summary>
    public static Option<double> CustomLearningRate { get; } = Option.Number(
        "customLearningRate", 0, 1, 1e-5,
        "AdamW's rate of the weights that Custom Diffusion replaces, and of the object's word. More learns faster and may overshoot.")
        with { Since = 2, FromModel = true, Expert = true };

    /// <summary>Which weights are replaced.</summary>
    public static Option<string> CustomLayers { get; } = Option.Choice(
        "customLayers", "kv", "Which weights of the attention to text are the concept's own.",
        new OptionChoice("kv", "keys and values, as published"),
        new OptionChoice(WholeAttention, "queries, keys, values and outputs: twice the file"))
        with { Since = 2, Expert = true };

    /// <summary>Whether photos are shown in sizes of their own.</summary>
    public static Option<bool> VarySize { get; } = Option.Switch(
        "varySize", true,
        "Show each photo smaller, larger or as it is, with a word for it in the caption: the object's size is not learned with it. "
            + "Every step encodes its photos anew.")
        with { Since = 2, Expert = true };

    /// <summary>The method and its options.</summary>
    public static MethodOptions All { get; } = new(
        Method, "Custom Diffusion: the object's word, and keys and values of the attention to text",
        new OptionList([CustomLearningRate, CustomLayers, VarySize, .. PriorOption.All, .. DenoisingOption.All]));
}
