namespace ViCo.Engine.Diffusion;

/// <summary>DPM-Solver++ (2M): Lu et al. 2022 (arXiv:2211.01095), algorithm 2.</summary>
/// <remarks>
/// Its first step is of first order for want of history; its last goes to σ̂ = 0, where the solution is the clean estimate itself.
/// </remarks>
internal sealed class DpmSolver(NoiseLevels levels) : ISampler
{
    public IReadOnlyList<double> Timesteps => levels.Timesteps;

    public Tensor Sample(Denoising run, Tensor noise)
    {
        using var earlier = new Recent(1);
        return run.Run(Timesteps.Count, noise, (i, x) =>
        {
            var (ratio, next) = (levels.Sigmas[i], levels.Sigmas[i + 1]);
            var (alpha, sigma) = Scales(ratio);
            var clean = (x - run.Predict(x, levels.Timesteps[i]).Times(sigma)).Over(alpha);
            if (next == 0) return (clean, clean);

            // λ = -ln σ̂, so that e^-h = σ̂ₜ / σ̂ₛ.
            var direction = clean;
            if (earlier.Count > 0)
            {
                var h = Math.Log(ratio / next);
                var r = Math.Log(levels.Sigmas[i - 1] / ratio) / h;
                direction = clean.Plus((clean - earlier[0]).Over(2 * r));
            }
            earlier.Add(clean);
            var (nextAlpha, nextSigma) = Scales(next);
            return (x.Times(nextSigma / sigma).Plus(direction.Times(nextAlpha * (1 - next / ratio))), clean);
        });
    }

    /// <summary>√ᾱ and √(1 - ᾱ) where σ̂ is their ratio.</summary>
    private static (double Alpha, double Sigma) Scales(double ratio)
    {
        var alpha = 1 / Math.Sqrt(ratio * ratio + 1);
        return (alpha, ratio * alpha);
    }
}
