namespace ViCo.Options;

/// <summary>What Textual Inversion may be told.</summary>
public static class TextualInversionOption
{
    /// <summary>The method and its options.</summary>
    public static MethodOptions All { get; } = new("textual-inversion", "Textual Inversion: the object's word alone", new OptionList(
    [
        PlaceholderOption.EmbeddingLearningRate, PlaceholderOption.ScaleEmbeddingLearningRate,
    ]));
}
