namespace ViCo.Engine.Models.Files;

/// <summary>
/// What single-file checkpoints leave out: Stable Diffusion 1.x's configurations and CLIP's vocabulary, shipped beside the engine.
/// </summary>
internal static class StableDiffusion1
{
    /// <summary>A folder in diffusers' layout, without weights.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "StableDiffusion1");
}
