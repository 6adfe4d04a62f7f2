using ViCo.Engine.Models;

namespace ViCo.Engine.Diffusion;

/// <summary>Denoising diffusion implicit models: Song et al. 2021 (arXiv:2010.02502), equation 12.</summary>
/// <param name="timesteps">Descending.</param>
/// <param name="eta">0: deterministic; 1: as ancestral sampling.</param>
internal sealed class Ddim(NoiseSchedule schedule, IReadOnlyList<int> timesteps, double eta) : ISampler
{
    public IReadOnlyList<double> Timesteps { get; } = [.. timesteps.Select(t => (double)t)];

    public Tensor Sample(Denoising run, Tensor noise) => run.Run(timesteps.Count, noise, (i, x) =>
    {
        var (alpha, previous) = Alphas(schedule, timesteps, i);
        var sigma = Sigma(alpha, previous, eta);
        var (next, clean) = Transfer(x, run.Predict(x, timesteps[i]), alpha, previous, sigma);
        return (sigma > 0 ? next.Plus(run.StepNoise().Times(sigma)) : next, clean);
    });

    /// <summary>σ of equation 16: η √((1 - ᾱ_prev) / (1 - ᾱ)) √(1 - ᾱ / ᾱ_prev).</summary>
    public static double Sigma(double alpha, double previous, double eta) =>
        eta * Math.Sqrt((1 - previous) / (1 - alpha)) * Math.Sqrt(1 - alpha / previous);

    /// <summary>
    /// ᾱ of step <paramref name="i"/> and of the one it leads to: the table's next, as LDM has it, and after its last the end.
    /// </summary>
    public static (double Alpha, double Previous) Alphas(NoiseSchedule schedule, IReadOnlyList<int> timesteps, int i) =>
        (schedule.Alpha(timesteps[i]), schedule.Alpha(i + 1 < timesteps.Count ? timesteps[i + 1] : -1));

    /// <summary>Latents at the next step, before noise of <paramref name="sigma"/> is added, and the estimate of clean ones.</summary>
    public static (Tensor Next, Tensor Clean) Transfer(Tensor x, Tensor noise, double alpha, double previous, double sigma = 0)
    {
        var clean = (x - noise.Times(Math.Sqrt(1 - alpha))).Over(Math.Sqrt(alpha));
        return (clean.Times(Math.Sqrt(previous)).Plus(noise.Times(Math.Sqrt(1 - previous - sigma * sigma))), clean);
    }
}
