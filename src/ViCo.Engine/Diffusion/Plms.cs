using ViCo.Engine.Models;

namespace ViCo.Engine.Diffusion;

/// <summary>
/// Pseudo linear multi-step: DDIM's step with a noise estimate that looks back. Liu et al. 2022 (arXiv:2202.09778), equation 12.
/// </summary>
/// <remarks>
/// Steps + 1 network runs: the first step, with nothing to look back on, is tried and corrected, as LDM has it. diffusers calls it PNDM.
/// </remarks>
/// <param name="timesteps">Descending.</param>
internal sealed class Plms(NoiseSchedule schedule, IReadOnlyList<int> timesteps) : ISampler
{
    public IReadOnlyList<double> Timesteps { get; } = [.. timesteps.Select(t => (double)t)];

    public Tensor Sample(Denoising run, Tensor noise)
    {
        using var earlier = new Recent(3);
        var last = timesteps.Count - 1;
        return run.Run(timesteps.Count, noise, (i, x) =>
        {
            var (alpha, previous) = Ddim.Alphas(schedule, timesteps, i);
            var e = run.Predict(x, timesteps[i]);
            var estimate = earlier.Count switch
            {
                0 => e.Plus(run.Predict(Ddim.Transfer(x, e, alpha, previous).Next, timesteps[Math.Min(i + 1, last)])).Over(2),
                1 => (e.Times(3) - earlier[0]).Over(2),
                2 => (e.Times(23) - earlier[0].Times(16)).Plus(earlier[1].Times(5)).Over(12),
                _ => ((e.Times(55) - earlier[0].Times(59)).Plus(earlier[1].Times(37)) - earlier[2].Times(9)).Over(24),
            };
            earlier.Add(e);
            return Ddim.Transfer(x, estimate, alpha, previous);
        });
    }
}
