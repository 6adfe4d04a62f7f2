namespace ViCo.Engine.Models.UNet;

/// <summary>The sizes of a transformer block.</summary>
/// <param name="Width">Channels of its tokens.</param>
/// <param name="ContextWidth">Channels of what it attends to beside them.</param>
/// <param name="Heads">Attention heads that share the width.</param>
internal readonly record struct AttentionShape(long Width, long ContextWidth, long Heads);
