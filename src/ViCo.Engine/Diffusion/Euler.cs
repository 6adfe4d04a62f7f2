namespace ViCo.Engine.Diffusion;

/// <summary>Euler's method: Karras et al. 2022 (arXiv:2206.00364), algorithm 1 without its second-order correction.</summary>
/// <remarks>The state is latents / √ᾱ, whose noise has deviation σ̂; the network sees it scaled back to unit variance.</remarks>
internal sealed class Euler(NoiseLevels levels) : ISampler
{
    public IReadOnlyList<double> Timesteps => levels.Timesteps;

    public Tensor Sample(Denoising run, Tensor noise) => run.Run(Timesteps.Count, noise.Times(levels.StartDeviation), (i, x) =>
    {
        var sigma = levels.Sigmas[i];
        var e = run.Predict(x.Over(Math.Sqrt(sigma * sigma + 1)), levels.Timesteps[i]);
        return (x.Plus(e.Times(levels.Sigmas[i + 1] - sigma)), x - e.Times(sigma));
    });
}
