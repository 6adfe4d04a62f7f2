namespace ViCo.Grains.Storage;

/// <summary>A listed blob.</summary>
/// <param name="Written">When it was written last, by the store's own clock.</param>
public sealed record BlobEntry(string Name, long Bytes, DateTimeOffset Written);
