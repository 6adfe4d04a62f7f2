using ViCo.Text;

namespace ViCo.Engine.Datasets;

/// <summary>Pictures of a class. Owns its tensor.</summary>
/// <param name="Prompt">What they are learned with.</param>
/// <param name="Latents">[pictures, C, h, w], scaled.</param>
internal sealed record ClassSet(TokenizedPrompt Prompt, Tensor Latents) : IDisposable
{
    public void Dispose() => Latents.Dispose();
}
