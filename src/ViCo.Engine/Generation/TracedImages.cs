namespace ViCo.Engine.Generation;

/// <param name="Images">As without recording, byte by byte.</param>
/// <param name="Attention">Every step, layer, reference and picture.</param>
public sealed record TracedImages(IReadOnlyList<GeneratedImage> Images, IReadOnlyList<AttentionFrame> Attention);
