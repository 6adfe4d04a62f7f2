using ViCo.Grains.Storage;

namespace ViCo.Gateway.Images;

/// <param name="Name">What it is saved as.</param>
/// <param name="Digest">Of its bytes, or of what they follow from.</param>
/// <param name="Sha256">Of the blob, in hexadecimal; null: not known.</param>
internal sealed record StoredPicture(string Id, string Blob, string Type, string Name, string Digest, string? Sha256);
