using ViCo.Grains.Concepts;

namespace ViCo.Gateway.Concepts;

/// <param name="Id">The first 32 hexadecimal digits of the SHA-256 of the uploaded bytes.</param>
/// <param name="Warnings">What was found, in words.</param>
/// <param name="Object">Number of the concept's object that it shows.</param>
/// <param name="Checks">What it was looked at for: <c>size</c>, <c>blur</c>, <c>exposure</c>, <c>near-duplicate</c>. Empty: a former
/// version stored it.</param>
internal sealed record PhotoResponse(string Id, string Name, int Width, int Height, long Bytes, IReadOnlyList<string> Warnings, string Url,
    int Object, IReadOnlyList<string> Checks)
{
    public static PhotoResponse Of(string conceptId, Photo photo) =>
        new(photo.Id, photo.Name, photo.Width, photo.Height, photo.Bytes, photo.Warnings, $"/concepts/{conceptId}/photos/{photo.Id}",
            photo.ObjectIndex + 1, photo.Checks);
}
