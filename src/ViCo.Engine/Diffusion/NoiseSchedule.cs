using ViCo.Engine.Models;

namespace ViCo.Engine.Diffusion;

/// <summary>How much noise each timestep holds. Ho et al. 2020; Stable Diffusion's β is linear in its square root.</summary>
/// <remarks>Computed in double precision and rounded to float32, as the original code stores it.</remarks>
internal sealed class NoiseSchedule
{
    private readonly float[] _alphasCumprod;
    private readonly bool _endsAtOne;
    private readonly int _offset;

    /// <param name="betaStart">β of the first timestep.</param>
    /// <param name="betaEnd">β of the last one.</param>
    /// <param name="endsAtOne">Whether the step after the last goes to ᾱ = 1 instead of ᾱ₀.</param>
    /// <param name="offset">Added to sampling timesteps; 1 for Stable Diffusion.</param>
    public NoiseSchedule(int timesteps, double betaStart, double betaEnd, bool endsAtOne = false, int offset = 1)
    {
        Betas = new double[timesteps];
        AlphasCumprod = new double[timesteps];
        var product = 1.0;
        double from = Math.Sqrt(betaStart), to = Math.Sqrt(betaEnd);
        for (var t = 0; t < timesteps; t++)
        {
            var root = from + (to - from) * t / (timesteps - 1);
            Betas[t] = root * root;
            AlphasCumprod[t] = product *= 1 - Betas[t];
        }
        _alphasCumprod = [.. AlphasCumprod.Select(a => (float)a)];
        _endsAtOne = endsAtOne;
        _offset = offset;
    }

    /// <exception cref="InvalidDataException">The configuration asks for what this engine does not have.</exception>
    public static NoiseSchedule From(ConfigJson json)
    {
        json.Require("beta_schedule", json.Text("beta_schedule"), "scaled_linear");
        json.Require("prediction_type", json.Text("prediction_type", "epsilon"), "epsilon");
        json.Require("clip_sample", json.Bool("clip_sample", false), false);
        json.Require("timestep_spacing", json.Text("timestep_spacing", "leading"), "leading");
        return new(json.Int("num_train_timesteps", 1000), json.Double("beta_start"), json.Double("beta_end"),
            json.Bool("set_alpha_to_one", false), json.Int("steps_offset", 1));
    }

    /// <summary>Timesteps of training: t is 0 to one less.</summary>
    public int Timesteps => Betas.Length;

    public double[] Betas { get; }

    /// <summary>ᾱ_t = ∏ (1 - β) up to t, before rounding.</summary>
    public double[] AlphasCumprod { get; }

    /// <summary>ᾱ_t rounded to float32; t below 0 is the end of sampling.</summary>
    public double Alpha(int t) => t >= 0 ? _alphasCumprod[t] : _endsAtOne ? 1 : _alphasCumprod[0];

    /// <summary>Latents with the noise of each sample's timestep: √ᾱ_t z + √(1 - ᾱ_t) ε.</summary>
    public Tensor AddNoise(Tensor latents, Tensor noise, IReadOnlyList<int> timesteps)
    {
        using var scope = NewDisposeScope();
        var shape = new long[] { timesteps.Count, 1, 1, 1 };
        var signal = tensor([.. timesteps.Select(t => (float)Math.Sqrt(Alpha(t)))]).view(shape).to(latents.device);
        var spread = tensor([.. timesteps.Select(t => (float)Math.Sqrt(1 - Alpha(t)))]).view(shape).to(latents.device);
        return (latents * signal + noise * spread).MoveToOuterDisposeScope();
    }

    /// <summary>The timesteps of a sampling, descending: evenly spaced from the offset on (LDM's and diffusers' "leading" rule).</summary>
    /// <exception cref="ArgumentException">More steps than timesteps, or none.</exception>
    public int[] SamplingTimesteps(int steps)
    {
        if (steps < 1 || steps > Timesteps) throw new ArgumentException($"{steps} sampling steps; wanted 1 to {Timesteps}.");
        var spacing = Timesteps / steps;
        // With as many steps as timesteps the offset would pass the end: LDM asks for index 1000 there and crashes.
        var offset = Math.Min(_offset, Timesteps - 1 - (steps - 1) * spacing);
        return [.. Enumerable.Range(0, steps).Select(i => (steps - 1 - i) * spacing + offset)];
    }
}
