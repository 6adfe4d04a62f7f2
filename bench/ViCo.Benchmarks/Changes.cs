namespace ViCo.Benchmarks;

/// <summary>What this engine does otherwise than ViCo's official code; each gives the same numbers up to rounding.</summary>
[Flags]
public enum Changes
{
    /// <summary>The plain path: nothing.</summary>
    None = 0,

    /// <summary>Training: photos pass the VAE encoder once, a step draws latents from their moments.</summary>
    CachedMoments = 1,

    /// <summary>
    /// The reference goes no further than the last image layer. In training it shares one pass with the noisy latents; in sampling it has
    /// one per half of guidance for all pictures.
    /// </summary>
    SharedReference = 2,

    /// <summary>Training: one text pass a step. The official code encodes a second caption whose result nothing uses.</summary>
    OneTextPass = 4,

    /// <summary>Otsu's threshold of all maps at once, without reading a number back.</summary>
    BatchedOtsu = 8,

    /// <summary>Attention that never holds the matrix of its weights.</summary>
    FusedAttention = 16,

    /// <summary>The engine as it is.</summary>
    All = CachedMoments | SharedReference | OneTextPass | BatchedOtsu | FusedAttention,
}
