namespace ViCo.Engine.Generation;

/// <summary>
/// Where text attention looks for S★ in one layer at one step of a sampling, in guidance's conditional half. ViCo figures 18 to 21.
/// </summary>
/// <param name="Index">Which reference, or which picture, of the request; from 0.</param>
/// <param name="Step">Denoising step, 1-based.</param>
/// <param name="Layer">Attention id, such as 14.</param>
/// <param name="Width">Cells across.</param>
/// <param name="Height">Cells down.</param>
/// <param name="Map">Attention of each cell to S★, mean over heads and over its places in the prompt, row by row.</param>
/// <param name="Mask">1 where the image blocks may look, else 0, row by row; null for a picture, which nothing masks.</param>
public sealed record AttentionFrame(
    AttentionPath Path, int Index, int Step, double Timestep, int Layer, int Width, int Height, IReadOnlyList<float> Map,
    IReadOnlyList<byte>? Mask);
