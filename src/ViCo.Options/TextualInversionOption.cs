namespace ViCo.Options;

/// <summary>What Textual Inversion may be told.</summary>
public static class TextualInversionOption
{
    /// <summary>The method's name.</summary>
    public const string Method = "textual-inversion";

    /// <summary>Learned vectors per object.</summary>
    public static Option<int> Vectors { get; } = Option.Integer(
        "vectors", 1, 75, 1,
        "Vectors that stand for the object, each a token of the text. More hold more of its looks and make prompts harder to follow.")
        with { Since = 2, Expert = true };

    /// <summary>The method and its options.</summary>
    public static MethodOptions All { get; } = new(Method, "Textual Inversion: the object's word alone", new OptionList(
    [
        Vectors, PlaceholderOption.EmbeddingLearningRate, PlaceholderOption.ScaleEmbeddingLearningRate,
    ]));
}
