using ViCo.Grains.Concepts;

namespace ViCo.Gateway.Concepts;

/// <param name="Object">Number of the concept's object that it shows.</param>
internal sealed record PhotoResponse(string Id, string Name, int Width, int Height, long Bytes, IReadOnlyList<string> Warnings, string Url,
    int Object)
{
    public static PhotoResponse Of(string conceptId, Photo photo) =>
        new(photo.Id, photo.Name, photo.Width, photo.Height, photo.Bytes, photo.Warnings, $"/concepts/{conceptId}/photos/{photo.Id}",
            photo.ObjectIndex + 1);
}
