namespace ViCo.Engine.Metrics;

/// <summary>How well the masks of one image layer cover the object.</summary>
/// <param name="Layer">Attention id, such as 14.</param>
/// <param name="IntersectionOverUnion">Mean over photos and timesteps.</param>
public sealed record LayerOverlap(int Layer, double IntersectionOverUnion);
