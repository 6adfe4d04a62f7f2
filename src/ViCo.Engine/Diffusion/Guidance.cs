using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;

namespace ViCo.Engine.Diffusion;

/// <summary>
/// Classifier-free guidance (Ho and Salimans 2022, arXiv:2207.12598), by the text and, where asked, by
/// the reference image in a scale of its own.
/// </summary>
internal static class Guidance
{
    /// <summary>Text alone: ε = ε_u + scale · (ε_t - ε_u); at scale 1 the prompt's prediction by itself.</summary>
    public static IReadOnlyList<GuidanceTerm> OfText(double scale) =>
        Chain(new(Text: false, Image: false, 1), new(Text: true, Image: false, scale));

    /// <summary>
    /// ViCo's published guidance: the image takes part at weight 1, in the unconditional half too unless
    /// <paramref name="inUnconditional"/> says no.
    /// </summary>
    public static IReadOnlyList<GuidanceTerm> Published(double scale, bool inUnconditional) =>
        Chain(new(Text: false, Image: inUnconditional, 1), new(Text: true, Image: true, scale));

    /// <summary>
    /// ε = ε_u + scale · (ε_t - ε_u) + imageScale · (ε_ti - ε_t): the text places, the image tells the object. Ours, after Brooks
    /// et al. 2023 (arXiv:2211.09800), section 3.2.1, with text first.
    /// </summary>
    /// <remarks>
    /// Without the terms that cancel: three passes a step, two where both scales are equal or one of them is at its neutral value.
    /// </remarks>
    public static IReadOnlyList<GuidanceTerm> OfTextAndImage(double scale, double imageScale) => Chain(
        new(Text: false, Image: false, 1), new(Text: true, Image: false, scale), new(Text: true, Image: true, imageScale));

    /// <summary>Leaves out what has no weight: a term's is its scale less the next one's.</summary>
    private static IReadOnlyList<GuidanceTerm> Chain(params GuidanceTerm[] terms)
    {
        var kept = terms.Where((term, i) => term.Scale != (i + 1 < terms.Length ? terms[i + 1].Scale : 0)).ToArray();
        return [kept[0] with { Scale = 1 }, .. kept[1..]];
    }

    /// <summary>All terms of one drawing in one pass of the network.</summary>
    /// <param name="text">[2 or 1 + samples, T, D]: row 0 unconditional, then one prompt for all samples or one each.</param>
    /// <param name="guests">Who takes part in the pass at a timestep; its batch is laid out as in <see cref="GuidanceBatch"/>.</param>
    public static NoisePredictor Combine(
        UNet2DConditionModel unet, Tensor text, long samples, IReadOnlyList<GuidanceTerm> terms, Func<double, Adaptation?> guests)
    {
        var batch = new GuidanceBatch([((int)samples, terms)]);
        return Combine(
            unet, Context(text, batch, row => !row.Prompt ? 0 : text.shape[0] == 2 ? 1 : row.Picture + 1), batch, guests, timesteps: null);
    }

    /// <summary>All terms of several drawings in one pass of the network.</summary>
    /// <param name="text">[2 · drawings, T, D]: of each drawing the negative prompt and the prompt.</param>
    /// <param name="timesteps">Those of the sampling.</param>
    /// <inheritdoc cref="Combine(UNet2DConditionModel, Tensor, long, IReadOnlyList{GuidanceTerm}, Func{double, Adaptation})"/>
    public static NoisePredictor Combine(
        UNet2DConditionModel unet, Tensor text, GuidanceBatch batch, Func<double, Adaptation?> guests, RunTimesteps timesteps) =>
        Combine(unet, Context(text, batch, row => 2 * row.Drawing + (row.Prompt ? 1 : 0)), batch, guests, timesteps);

    private static NoisePredictor Combine(
        UNet2DConditionModel unet, AttentionContext context, GuidanceBatch batch, Func<double, Adaptation?> guests,
        RunTimesteps? timesteps) => (latents, timestep) =>
        {
            using var scope = NewDisposeScope();
            var pass = guests(timestep);
            var each = timesteps?.Of(timestep, batch.Count)
                ?? TensorArithmetic.Repeated(timestep, batch.Count, ScalarType.Float32, latents.device);
            return batch.Combine((pass?.UNet ?? unet).call(batch.Spread(latents), each, context, pass)).MoveToOuterDisposeScope();
        };

    /// <summary>Keys and values of a prompt are computed once, however many rows share it.</summary>
    private static AttentionContext Context(
        Tensor text, GuidanceBatch batch, Func<(int Drawing, int Picture, bool Prompt), long> textOf) =>
        new(text, NewTensor.Of([.. batch.Texts.Select(textOf)], text.device));
}
