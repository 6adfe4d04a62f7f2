using ViCo.Engine.Models.UNet;

namespace ViCo.Engine.Diffusion;

/// <summary>Classifier-free guidance: Ho and Salimans 2022 (arXiv:2207.12598).</summary>
internal static class Guidance
{
    /// <summary>ε = ε_u + scale · (ε_c - ε_u), both halves in one pass; at scale 1 the conditional half alone.</summary>
    /// <param name="text">[2 or 1 + samples, T, D]: row 0 unconditional, then one prompt for all samples or one each.</param>
    /// <param name="visitor">What else takes part in the pass at a timestep; its batch is [unconditional, conditional], or conditional alone at scale 1.</param>
    public static NoisePredictor Classifier(
        UNet2DConditionModel unet, Tensor text, long samples, double scale, Func<int, IBlockVisitor?> visitor)
    {
        var guided = Guides(scale);
        // Keys and values of a prompt are computed once, however many samples share it.
        long[] conditional = [.. Enumerable.Range(0, (int)samples).Select(i => text.shape[0] == 2 ? 1L : i + 1L)];
        var rows = tensor(guided ? [.. Enumerable.Repeat(0L, (int)samples), .. conditional] : conditional, device: text.device);
        var context = new AttentionContext(text, rows);
        return (latents, timestep) =>
        {
            using var scope = NewDisposeScope();
            var batch = guided ? cat([latents, latents]) : latents;
            var noise = unet.call(batch, full(batch.shape[0], timestep, ScalarType.Int64, latents.device), context, visitor(timestep));
            if (!guided) return noise.MoveToOuterDisposeScope();
            var halves = noise.chunk(2);
            return (halves[0] + (halves[1] - halves[0]) * scale).MoveToOuterDisposeScope();
        };
    }

    /// <summary>Whether a scale needs the unconditional half at all.</summary>
    public static bool Guides(double scale) => scale != 1;
}
