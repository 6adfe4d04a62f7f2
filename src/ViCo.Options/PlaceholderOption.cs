namespace ViCo.Options;

/// <summary>What methods may be told that learn S★, the word for an object.</summary>
public static class PlaceholderOption
{
    /// <summary>AdamW's rate of S★.</summary>
    public static Option<double> EmbeddingLearningRate { get; } = Option.Number(
        "embeddingLearningRate", 0, 1, 5e-3, "AdamW's rate of the object's word. More learns faster and may overshoot.")
        with { FromModel = true, Expert = true, OldNames = ["embeddingLr"] };

    /// <summary>Whether the rate of S★ is multiplied by the batch size.</summary>
    public static Option<bool> ScaleEmbeddingLearningRate { get; } = Option.Switch(
        "scaleEmbeddingLearningRate", false, "Multiply the word's rate by the batch size, as the published code does on several devices.")
        with { Expert = true };
}
