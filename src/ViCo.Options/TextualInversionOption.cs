namespace ViCo.Options;

/// <summary>What Textual Inversion may be told.</summary>
public static class TextualInversionOption
{
    /// <summary>The method's name.</summary>
    public const string Method = "textual-inversion";

    /// <summary>The method and its options.</summary>
    public static MethodOptions All { get; } = new(Method, "Textual Inversion: the object's word alone", new OptionList(
    [
        PlaceholderOption.EmbeddingLearningRate, PlaceholderOption.ScaleEmbeddingLearningRate,
    ]));
}
