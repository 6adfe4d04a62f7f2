using ViCo.Options;

namespace ViCo.Engine.Models;

/// <summary>How much noise each timestep holds. Ho et al. 2020; Stable Diffusion's β is linear in its square root.</summary>
/// <remarks>Computed in double precision and rounded to float32, as the original code stores it.</remarks>
internal sealed class NoiseSchedule
{
    /// <summary>Settings that would change what is drawn, and how to have the like.</summary>
    private static readonly (string Setting, string Instead)[] Unsupported =
    [
        ("rescale_betas_zero_snr", ""), ("thresholding", ""), ("use_karras_sigmas", ", and spacing 'karras' where a request asks for it"),
        ("use_exponential_sigmas", ""), ("use_beta_sigmas", ""), ("use_flow_sigmas", ""),
    ];

    private readonly float[] _alphasCumprod;
    private readonly float[] _sigmas;

    /// <param name="betaStart">β of the first timestep.</param>
    /// <param name="betaEnd">β of the last one.</param>
    public NoiseSchedule(int timesteps, double betaStart, double betaEnd)
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
        _sigmas = Sigmas(timesteps, (float)from, (float)to);
    }

    /// <exception cref="InvalidDataException">The configuration asks for what this engine does not have.</exception>
    public static NoiseSchedule From(ConfigJson json)
    {
        json.Require("beta_schedule", json.Text("beta_schedule"), "scaled_linear");
        json.Require("prediction_type", json.Text("prediction_type", "epsilon"), "epsilon");
        json.Require("clip_sample", json.Bool("clip_sample", false), false);
        foreach (var (setting, instead) in Unsupported)
        {
            if (json.Bool(setting, false)) throw json.Error($"{setting} is true; this engine supports false{instead}.");
        }
        if (json.Has("trained_betas")) throw json.Error("trained_betas are there; this engine makes its own from beta_start and beta_end.");
        var spacing = json.Text("timestep_spacing", SamplingOption.Leading);
        string[] spacings = [.. SamplingOption.Spacing.Choices.Select(c => c.Value)];
        if (!spacings.Contains(spacing))
            throw json.Error($"'timestep_spacing' is '{spacing}'; this engine has {string.Join(", ", spacings)}.");
        return new(json.Int("num_train_timesteps", 1000), json.Double("beta_start"), json.Double("beta_end"))
        {
            EndsAtOne = json.Bool("set_alpha_to_one", false),
            Offset = Math.Max(json.Int("steps_offset", 1), 1),
            Spacing = spacing,
            Warnings = json.Int("steps_offset", 1) < 1
                ? [$"{json.Name}: steps_offset is {json.Int("steps_offset", 1)}, as old files have it; 1 is taken, as diffusers does."]
                : [],
        };
    }

    /// <summary>What its files ask for and do not get, in words.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>Timesteps of training: t is 0 to one less.</summary>
    public int Timesteps => Betas.Length;

    /// <summary>Added to the timesteps of spacing <c>leading</c>; 1 for Stable Diffusion.</summary>
    public int Offset { get; init; } = 1;

    /// <summary>The spacing of sampling timesteps that the model's files ask for.</summary>
    public string Spacing { get; init; } = SamplingOption.Leading;

    /// <summary>Whether the step after the last goes to ᾱ = 1 instead of ᾱ₀.</summary>
    public bool EndsAtOne { get; init; }

    public double[] Betas { get; }

    /// <summary>ᾱ_t = ∏ (1 - β) up to t, before rounding.</summary>
    public double[] AlphasCumprod { get; }

    /// <summary>ᾱ_t rounded to float32; t below 0 is the end of sampling.</summary>
    public double Alpha(int t) => t >= 0 ? _alphasCumprod[t] : EndsAtOne ? 1 : _alphasCumprod[0];

    /// <summary>√ᾱ_t and √(1 - ᾱ_t) of every timestep [T, 2], float32.</summary>
    public Tensor Weights(Device device) =>
        NewTensor.Of([.. Enumerable.Range(0, Timesteps)
            .SelectMany(t => new[] { (float)Math.Sqrt(Alpha(t)), (float)Math.Sqrt(1 - Alpha(t)) })], device)
            .view(Timesteps, 2);

    /// <summary>Latents with the noise of each sample's timestep: √ᾱ_t z + √(1 - ᾱ_t) ε.</summary>
    public Tensor AddNoise(Tensor latents, Tensor noise, IReadOnlyList<int> timesteps)
    {
        using var scope = NewDisposeScope();
        return AddNoise(latents, noise, Weights(latents.device), NewTensor.Of([.. timesteps.Select(t => (long)t)], latents.device))
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="AddNoise(Tensor, Tensor, IReadOnlyList{int})"/>
    /// <param name="weights">See <see cref="Weights"/>.</param>
    /// <param name="timesteps">[B] int64.</param>
    public static Tensor AddNoise(Tensor latents, Tensor noise, Tensor weights, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var own = weights.index_select(0, timesteps).view(-1, 2, 1, 1, 1);
        return (latents * own.select(1, 0)).AddInPlace(noise * own.select(1, 1)).MoveToOuterDisposeScope();
    }

    /// <summary>σ̂ = √((1 - ᾱ) / ᾱ), the noise beside a signal of 1; between two timesteps by a straight line.</summary>
    public double Sigma(double timestep)
    {
        var below = Math.Clamp((int)timestep, 0, Timesteps - 2);
        return _sigmas[below] + (_sigmas[below + 1] - (double)_sigmas[below]) * (timestep - below);
    }

    /// <summary>The timestep of a σ̂, by a straight line in its logarithm: between two, or the first or last.</summary>
    public double TimestepOf(double sigma)
    {
        var at = Array.BinarySearch(_sigmas, (float)sigma);
        var below = Math.Clamp(at >= 0 ? at : ~at - 1, 0, Timesteps - 2);
        double low = Math.Log(_sigmas[below]), high = Math.Log(_sigmas[below + 1]);
        return below + Math.Clamp((Math.Log(sigma) - low) / (high - low), 0, 1);
    }

    /// <summary>In float32 from β on, which is how diffusers' samplers come by them.</summary>
    private static float[] Sigmas(int timesteps, float from, float to)
    {
        var step = (to - from) / (timesteps - 1);
        var sigmas = new float[timesteps];
        var product = 1.0;
        for (var t = 0; t < timesteps; t++)
        {
            var root = t < timesteps / 2 ? from + step * t : to - step * (timesteps - 1 - t);
            product *= 1 - root * root;
            sigmas[t] = MathF.Sqrt((1 - (float)product) / (float)product);
        }
        return sigmas;
    }
}
