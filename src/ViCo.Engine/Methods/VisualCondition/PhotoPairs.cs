using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;

namespace ViCo.Engine.Methods.VisualCondition;

/// <summary>What ViCo's loss is computed from, everything drawn and encoded. Owns nothing.</summary>
/// <param name="Noisy">Latents of a photo of each sample's object with noise [B, C, h, w].</param>
/// <param name="Noise">What is to be found [B, C, h, w].</param>
/// <param name="References">Clean latents of another photo [B, C, h, w].</param>
/// <param name="Timesteps">[B].</param>
/// <param name="Text">Of both photos of a pair [B, T, D].</param>
/// <param name="Positions">Where S★ and the end of text stand in it.</param>
internal sealed record PhotoPairs(Tensor Noisy, Tensor Noise, Tensor References, Tensor Timesteps, Tensor Text, TokenPositions Positions)
{
    /// <summary>Keep what is the same in every step; null: it is made each time.</summary>
    public DeviceTables? Tables { get; init; }

    /// <summary>Weight of each cell in the loss of the noise [B, 1, h, w]; null: all count alike.</summary>
    public Tensor? LossMask { get; init; }

    /// <summary>Masks from maps and bins; null: <see cref="Otsu.Mask(Tensor, int, DeviceTables?)"/>.</summary>
    public Func<Tensor, int, Tensor>? Masks { get; init; }
}
