namespace ViCo.Engine.Diffusion;

/// <summary>Pseudo linear multi-step: DDIM's step with a noise estimate that looks back. Liu et al. 2022 (arXiv:2202.09778), equation 12.</summary>
/// <remarks>Steps + 1 network runs: the first step, with nothing to look back on, is tried and corrected, as LDM has it. diffusers calls it PNDM.</remarks>
/// <param name="timesteps">Descending.</param>
internal sealed class Plms(NoiseSchedule schedule, IReadOnlyList<int> timesteps) : ISampler
{
    public int Steps => timesteps.Count;

    public Tensor Sample(Denoising run, Tensor noise)
    {
        using var earlier = new Recent(3);
        return run.Run(Steps, noise, (i, x) =>
        {
            var (alpha, previous) = Ddim.Alphas(schedule, timesteps, i);
            var e = run.Predict(x, timesteps[i]);
            var estimate = earlier.Count switch
            {
                0 => (e + run.Predict(Ddim.Transfer(x, e, alpha, previous).Next, timesteps[Math.Min(i + 1, Steps - 1)])) / 2,
                1 => (e * 3 - earlier[0]) / 2,
                2 => (e * 23 - earlier[0] * 16 + earlier[1] * 5) / 12,
                _ => (e * 55 - earlier[0] * 59 + earlier[1] * 37 - earlier[2] * 9) / 24,
            };
            earlier.Add(e);
            return Ddim.Transfer(x, estimate, alpha, previous);
        });
    }
}
