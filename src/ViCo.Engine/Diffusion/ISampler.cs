namespace ViCo.Engine.Diffusion;

/// <summary>A published way from pure noise to clean latents, its timesteps chosen.</summary>
internal interface ISampler
{
    /// <summary>Where it runs the network, descending: one for each step.</summary>
    IReadOnlyList<double> Timesteps { get; }

    /// <summary>Steps of a run.</summary>
    int Steps => Timesteps.Count;

    /// <summary>From pure noise to clean latents; the result is in the caller's scope.</summary>
    /// <param name="noise">Standard normal [B, C, h, w]; where a sampler starts from another deviation, it scales this itself.</param>
    Tensor Sample(Denoising run, Tensor noise);
}
