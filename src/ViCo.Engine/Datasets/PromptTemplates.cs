using ViCo.Options;

namespace ViCo.Engine.Datasets;

/// <summary>
/// The captions that training draws from: Textual Inversion's list as ViCo uses it, 81 entries of which 57 are distinct; the family
/// of 27 that says "photo" (diffusers' list); its 19 for a style, of which 17 are distinct; or DreamBooth's single one.
/// </summary>
internal static class PromptTemplates
{
    private static readonly string[] Forms =
    [
        "{0} of a", "a rendering of a", "a cropped photo of the", "the photo of a", "{0} of a clean", "{0} of a dirty",
        "a dark photo of the",
        "{0} of my", "{0} of the cool", "a close-up photo of a", "a bright photo of the", "a cropped photo of a", "{0} of the",
        "a good photo of the", "{0} of one", "a close-up photo of the", "a rendition of the", "{0} of the clean", "a rendition of a",
        "{0} of a nice", "a good photo of a", "{0} of the nice", "{0} of the small", "{0} of the weird", "{0} of the large",
        "{0} of a cool",
        "{0} of a small",
    ];

    private static readonly string[] Styles =
    [
        "a painting", "a rendering", "a cropped painting", "the painting", "a clean painting", "a dirty painting", "a dark painting",
        "a picture", "a cool painting", "a close-up painting", "a bright painting", "a cropped painting", "a good painting",
        "a close-up painting", "a rendition", "a nice painting", "a small painting", "a weird painting", "a large painting",
    ];

    /// <summary>The captions of a list, with <c>*</c> for the object.</summary>
    /// <param name="list">A value of <see cref="TrainingOption.Captions"/>.</param>
    public static IReadOnlyList<string> Of(string list) => list switch
    {
        "photo" => Family("a photo"),
        "style" => [.. Styles.Select(work => $"{work} in the style of *")],
        "plain" => ["a photo of a *"],
        _ => [.. Family("a photo"), .. Family("an illustration"), .. Family("a depiction")],
    };

    private static string[] Family(string medium) => [.. Forms.Select(form => string.Format(form, medium) + " *")];
}
