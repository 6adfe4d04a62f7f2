namespace ViCo.Engine.Models.UNet;

/// <summary>What samples of a pass see of reference photos. Owns nothing.</summary>
/// <param name="Samples">The rows that look.</param>
/// <param name="ByBlock">Reference tokens with their masks, by transformer block; their samples are those rows, counted from 0.</param>
internal sealed record ReferenceView(Rows Samples, IReadOnlyDictionary<int, AttentionContext> ByBlock);
