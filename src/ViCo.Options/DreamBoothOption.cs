namespace ViCo.Options;

/// <summary>What DreamBooth and its low-rank form may be told.</summary>
public static class DreamBoothOption
{
    /// <summary>Names of the methods.</summary>
    public const string Full = "dreambooth", TextEncoder = "dreambooth-text-encoder", Prior = "dreambooth-prior",
        Lora = "dreambooth-lora", LoraPrior = "dreambooth-lora-prior";

    /// <summary>The word in front of the class that means this object.</summary>
    public static Option<string> Identifier { get; } = Option.Text(
        "identifier", 64, "sks",
        "The rare word that stands in front of the init word and comes to mean the object; it is not trained itself.")
        with { Since = 2, Least = 1L, Expert = true };

    /// <summary>AdamW's rate of whole networks.</summary>
    public static Option<double> NetworkLearningRate { get; } = Option.Number(
        "networkLearningRate", 0, 1, 5e-6, "AdamW's rate of a network that is trained whole. More learns faster and may spoil it.")
        with { Since = 2, FromModel = true, Expert = true };

    /// <summary>The U-Net whole.</summary>
    public static MethodOptions AllOfFull { get; } = new(
        Full, "DreamBooth: the whole U-Net; files as large as the base model's",
        new OptionList([Identifier, NetworkLearningRate, .. DenoisingOption.All]));

    /// <summary>U-Net and text tower whole.</summary>
    public static MethodOptions AllOfTextEncoder { get; } = new(
        TextEncoder, "DreamBooth: U-Net and text tower whole",
        new OptionList([Identifier, NetworkLearningRate, .. DenoisingOption.All]));

    /// <summary>The U-Net whole, and the class's pictures beside the object's.</summary>
    public static MethodOptions AllOfPrior { get; } = new(
        Prior, "DreamBooth: the whole U-Net, keeping the class as it was",
        new OptionList([Identifier, NetworkLearningRate, .. PriorOption.All, .. DenoisingOption.All]));

    /// <summary>Low-rank pairs, without the class's pictures.</summary>
    public static MethodOptions AllOfLora { get; } = new(
        Lora, "DreamBooth by low-rank pairs (LoRA)",
        new OptionList([Identifier, .. LowRankOption.All, .. DenoisingOption.All]));

    /// <summary>Low-rank pairs, and the class's pictures beside the object's.</summary>
    public static MethodOptions AllOfLoraPrior { get; } = new(
        LoraPrior, "DreamBooth by low-rank pairs, keeping the class as it was",
        new OptionList([Identifier, .. LowRankOption.All, .. PriorOption.All, .. DenoisingOption.All]));
}
