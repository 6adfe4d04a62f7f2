namespace ViCo.Grains.Storage;

/// <summary>A listed blob.</summary>
public sealed record BlobEntry(string Name, long Bytes);
