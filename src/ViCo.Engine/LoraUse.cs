namespace ViCo.Engine;

/// <summary>Low-rank pairs of a concept that are added to a drawing, beside those that its own concept may have.</summary>
/// <param name="Checkpoint">Of a method that learns low-rank pairs and nothing else, beside the same base model.</param>
/// <param name="Weight">
/// How often they count: 1 as they were trained, 0 not at all, below 0 the other way; within <see cref="ViCo.Options.LoraBounds"/>.
/// </param>
public sealed record LoraUse(StoredFile Checkpoint, double Weight = 1);
