using ViCo.Gateway.Concepts;

namespace ViCo.Gateway.Photos;

internal sealed record UploadedPhotos(IReadOnlyList<PhotoResponse> Photos);
