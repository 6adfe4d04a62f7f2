using ViCo.Grains.Storage;

namespace ViCo.Gateway.Images;

/// <param name="Name">What it is saved as.</param>
/// <param name="Digest">Of its bytes, or of what they follow from.</param>
internal sealed record StoredPicture(string Id, string Blob, string Type, string Name, string Digest);
