using ViCo.Gateway.Tenants;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;

namespace ViCo.Gateway.Mcp;

/// <summary>Reads the photos that a tool is given. Nothing is fetched from elsewhere.</summary>
internal sealed class SentPhotos(IBlobStore blobs)
{
    /// <summary>Name and bytes of each, or why one cannot be used.</summary>
    public async Task<(IReadOnlyList<(string Name, byte[] Content)> Files, string? Problem)> ReadAsync(
        IReadOnlyList<SentPhoto> photos, HostString here, CurrentTenant tenant, CancellationToken cancellationToken)
    {
        List<(string, byte[])> files = [];
        foreach (var (photo, number) in photos.Select((photo, k) => (photo, k + 1)))
        {
            var name = photo.Name ?? $"photo {number}";
            if (photo.Data is null == photo.Url is null) return ([],
                $"Photo {number} has {(photo.Data is null ? "neither data nor url" : "data and url")}; wanted one of them.");
            var content = photo.Url is { } url ? await BehindAsync(url, here, tenant, cancellationToken) : Decode(photo.Data!);
            if (content is null)
            {
                return ([], photo.Url is null ? $"Photo {number}: data is no base64."
                    : $"Photo {number}: '{photo.Url}' is no picture here; wanted /images/{{id}} or /concepts/{{id}}/photos/{{id}} of "
                        + $"this server.");
            }
            files.Add((name, content));
        }
        return (files, null);
    }

    private static byte[]? Decode(string data)
    {
        // As browsers write them: data:image/png;base64,…
        if (data.StartsWith("data:", StringComparison.Ordinal)) data = data[(data.IndexOf(',', StringComparison.Ordinal) + 1)..];
        var content = new byte[data.Length * 3 / 4 + 3];
        return Convert.TryFromBase64String(data, content, out var length) ? content[..length] : null;
    }

    private async Task<byte[]?> BehindAsync(string url, HostString here, CurrentTenant tenant, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(new($"http://{here}"), url, out var address)
            || !string.Equals(address.Authority, here.Value, StringComparison.OrdinalIgnoreCase)) return null;
        var blob = address.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["images", var image] when IdConstraint.Fits(image) && ImageId.Parse(image) is var (job, index) =>
                (await tenant.Job(job).GetImage(index))?.Blob,
            ["concepts", var concept, "photos", var photo] when IdConstraint.Fits(concept) =>
                (await tenant.Concept(concept).Get())?.Photos.FirstOrDefault(p => p.Id == photo)?.Blob,
            _ => null,
        };
        return blob is null ? null : (await blobs.ReadAsync(blob, cancellationToken))?.Content.ToArray();
    }
}
