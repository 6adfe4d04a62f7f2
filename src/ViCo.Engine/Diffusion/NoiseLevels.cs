using ViCo.Engine.Models;

namespace ViCo.Engine.Diffusion;

/// <summary>The levels that samplers in σ̂ step through.</summary>
/// <param name="Timesteps">Where the network runs, one per step; may lie between two.</param>
/// <param name="Sigmas">σ̂ at each of them, falling, then 0.</param>
/// <param name="StartDeviation">Deviation of a start in the scale of latents / √ᾱ.</param>
internal sealed record NoiseLevels(IReadOnlyList<double> Timesteps, IReadOnlyList<double> Sigmas, double StartDeviation)
{
    /// <summary>Those of given timesteps.</summary>
    /// <param name="fromTop">Whether they begin at the last timestep, where diffusers takes σ̂ for the whole
    /// deviation; elsewhere it adds the signal's.</param>
    /// <exception cref="ArgumentException">Two of them are the same: no step leads from one to the other.</exception>
    public static NoiseLevels At(NoiseSchedule schedule, IReadOnlyList<double> timesteps, bool fromTop)
    {
        if (timesteps.Distinct().Count() is var distinct && distinct < timesteps.Count)
            throw new ArgumentException($"{timesteps.Count} sampling steps would share {distinct} timesteps; wanted fewer steps.");
        var sigmas = timesteps.Select(schedule.Sigma).ToArray();
        return new(timesteps, [.. sigmas, 0], fromTop ? sigmas[0] : Math.Sqrt(sigmas[0] * sigmas[0] + 1));
    }

    /// <summary>
    /// Closer together where there is less noise: Karras et al. 2022 (arXiv:2206.00364), equation 5, with ρ = 7 over the whole schedule.
    /// </summary>
    /// <param name="whole">Whether the network is given the nearest whole timestep.</param>
    public static NoiseLevels Karras(NoiseSchedule schedule, int steps, bool whole)
    {
        const double rho = 7;
        double from = Math.Pow(schedule.Sigma(schedule.Timesteps - 1), 1 / rho), to = Math.Pow(schedule.Sigma(0), 1 / rho);
        double[] sigmas = [.. Enumerable.Range(0, steps).Select(i => Math.Pow(from + (to - from) * i / Math.Max(steps - 1, 1), rho))];
        var timesteps = sigmas.Select(schedule.TimestepOf).Select(t => whole ? Math.Round(t) : t);
        return new([.. timesteps], [.. sigmas, 0], sigmas[0]);
    }
}
