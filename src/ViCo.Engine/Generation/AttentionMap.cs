namespace ViCo.Engine.Generation;

/// <summary>Where a layer's text attention looks for S★ in a photo, and the object mask made from it.</summary>
/// <param name="Photo">Index into the request's photos.</param>
/// <param name="Layer">Attention id, such as 14.</param>
/// <param name="Width">Cells across.</param>
/// <param name="Height">Cells down.</param>
/// <param name="Map">Attention of each cell to S★, mean over heads, row by row.</param>
/// <param name="Mask">1 where the cell belongs to the object, else 0, row by row.</param>
public sealed record AttentionMap(int Photo, int Timestep, int Layer, int Width, int Height, IReadOnlyList<float> Map,
    IReadOnlyList<byte> Mask);
