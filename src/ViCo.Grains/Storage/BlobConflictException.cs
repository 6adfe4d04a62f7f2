namespace ViCo.Grains.Storage;

/// <summary>Somebody else wrote the blob first.</summary>
public sealed class BlobConflictException(string name, string wanted)
    : IOException($"Blob '{name}' was changed by somebody else: {wanted}.");
