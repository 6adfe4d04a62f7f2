namespace ViCo.Engine.Datasets;

/// <summary>
/// Noise that moves the mean of a whole picture, which the schedule's own hardly does: so very dark and very bright pictures are learned.
/// Guttenberg 2023, "Diffusion with offset noise".
/// </summary>
internal static class OffsetNoise
{
    /// <summary>The noise [B, C, h, w] with <paramref name="strength"/> times one number per sample and channel added.</summary>
    /// <param name="random">Asked for nothing where the strength is 0.</param>
    public static Tensor Added(Tensor noise, double strength, Generator random) => strength == 0 ? noise
        : noise.Plus(NewTensor.Normal([.. noise.shape[..2], 1, 1], random, noise.device).Times(strength));
}
