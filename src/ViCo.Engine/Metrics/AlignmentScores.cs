namespace ViCo.Engine.Metrics;

/// <summary>
/// How much generated pictures look like the object itself, whatever stands around it, and like what was asked. Cosines in CLIP's features.
/// Zhao et al. 2023, CatVersion (arXiv:2311.14631), section 4.
/// </summary>
/// <param name="MaskedImage">Mean over all (photo, picture) pairs, in both all black but the object.</param>
/// <param name="Image">The same of whole pictures.</param>
/// <param name="Text">Mean over the pictures with the prompt, the placeholder replaced by the class word.</param>
public sealed record AlignmentScores(double MaskedImage, double Image, double Text)
{
    /// <summary>√(image · text): only both together are worth something. 0 where one of them is below 0.</summary>
    public double Overall => Math.Sqrt(Math.Max(MaskedImage, 0) * Math.Max(Text, 0));

    /// <summary>From unit features [n, D].</summary>
    /// <param name="masked">Of the photos and of the pictures, in both all black but the object.</param>
    /// <param name="whole">Of the same, as they are.</param>
    /// <param name="text">[1, D].</param>
    internal static AlignmentScores Of((Tensor Photos, Tensor Pictures) masked, (Tensor Photos, Tensor Pictures) whole, Tensor text)
    {
        using var scope = NewDisposeScope();
        var means = HostRead.Floats(stack(
        [
            masked.Photos.mm(masked.Pictures.t()).mean(), whole.Photos.mm(whole.Pictures.t()).mean(),
            whole.Pictures.mm(text.t()).mean(),
        ]));
        return new(means[0], means[1], means[2]);
    }
}
