namespace ViCo.Engine.Diffusion;

/// <summary>Predicts the noise in latents [B, C, h, w] at a timestep; guidance and references are its own affair.</summary>
internal delegate Tensor NoisePredictor(Tensor latents, int timestep);

/// <summary>Denoising diffusion implicit models: Song et al. 2021 (arXiv:2010.02502), equation 12.</summary>
internal static class Ddim
{
    /// <summary>From pure noise to clean latents; the result is in the caller's scope.</summary>
    /// <param name="timesteps">Descending.</param>
    /// <param name="eta">0: deterministic; 1: as ancestral sampling.</param>
    /// <param name="stepNoise">Fresh standard normal noise of the latents' shape, asked for where η &gt; 0.</param>
    /// <param name="onStep">Step (0-based), latents after it and its estimate of the clean latents; both live until it returns.</param>
    public static Tensor Sample(
        NoisePredictor predict, NoiseSchedule schedule, Tensor latents, IReadOnlyList<int> timesteps, double eta, Func<Tensor>? stepNoise,
        Action<int, Tensor, Tensor>? onStep, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var x = latents.alias();
        for (var i = 0; i < timesteps.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var alpha = schedule.Alpha(timesteps[i]);
            var previous = schedule.Alpha(i + 1 < timesteps.Count ? timesteps[i + 1] : -1);
            var sigma = Sigma(alpha, previous, eta);

            var noise = predict(x, timesteps[i]);
            var clean = (x - noise * Math.Sqrt(1 - alpha)) / Math.Sqrt(alpha);
            x = clean * Math.Sqrt(previous) + noise * Math.Sqrt(1 - previous - sigma * sigma);
            if (sigma > 0) x = x + stepNoise!() * sigma;
            onStep?.Invoke(i, x, clean);
            scope.DisposeEverythingBut(x);
        }
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>σ of equation 16: η √((1 - ᾱ_prev) / (1 - ᾱ)) √(1 - ᾱ / ᾱ_prev).</summary>
    public static double Sigma(double alpha, double previous, double eta) =>
        eta * Math.Sqrt((1 - previous) / (1 - alpha)) * Math.Sqrt(1 - alpha / previous);
}
