namespace ViCo.Engine.Diffusion;

/// <summary>
/// Euler's method down to less noise than the next level has, then fresh noise up to it: ancestral sampling in steps of σ̂.
/// </summary>
internal sealed class EulerAncestral(NoiseLevels levels) : ISampler
{
    public IReadOnlyList<double> Timesteps => levels.Timesteps;

    public Tensor Sample(Denoising run, Tensor noise) => run.Run(Timesteps.Count, noise.Times(levels.StartDeviation), (i, x) =>
    {
        var sigma = levels.Sigmas[i];
        var (down, up) = Split(sigma, levels.Sigmas[i + 1]);
        var e = run.Predict(x.Over(Math.Sqrt(sigma * sigma + 1)), levels.Timesteps[i]);
        var next = x.Plus(e.Times(down - sigma));
        return (up > 0 ? next.Plus(run.StepNoise().Times(up)) : next, x - e.Times(sigma));
    });

    /// <summary>The level to step down to and the deviation of the noise to add, so that the variances sum to the next level's.</summary>
    public static (double Down, double Up) Split(double sigma, double next)
    {
        var up = next * Math.Sqrt((sigma * sigma - next * next) / (sigma * sigma));
        return (Math.Sqrt(next * next - up * up), up);
    }
}
