using System.Globalization;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Indexes;
using ViCo.Grains.Jobs;

namespace ViCo.Gateway.Images;

/// <summary>Pictures, page by page: the drawings of the index, newest first, each with its pictures in their order.</summary>
/// <remarks>
/// A cursor is that of the jobs and, behind commas, the job after it of which pictures are still to come and the first of their indexes.
/// </remarks>
internal static class ImagePage
{
    // Drawings without a picture (failed, canceled, all deleted) are passed over, so many pages of them at a time.
    private const int Reads = 10;

    /// <summary>The page, or null when its cursor is none.</summary>
    public static async Task<ImageList?> ReadAsync(CurrentTenant tenant, PageRequest request)
    {
        var (before, begun, first) = (request.Cursor, "", 0);
        if (before?.Split(',') is { Length: > 1 } places)
        {
            if (places.Length != 3 || !int.TryParse(places[2], NumberStyles.None, CultureInfo.InvariantCulture, out first)) return null;
            (before, begun) = (places[0].Length == 0 ? null : places[0], places[1]);
        }
        var key = request.Concept is { } concept ? IndexKeys.Jobs(tenant.Id, concept) : IndexKeys.Jobs(tenant.Id);
        List<ImageResponse> images = [];
        List<DamagedItem> damaged = [];
        try
        {
            for (var read = 0; read < Reads; read++)
            {
                var page = await tenant.Index(key)
                    .Read(request.Query with { Cursor = before, Kind = "sampling", Limit = Math.Min(request.Limit, 50) });
                damaged.AddRange(DamagedItem.Of(page));
                foreach (var entry in page.Entries)
                {
                    foreach (var id in entry.Job?.Images ?? [])
                    {
                        var index = ImageId.Parse(id)!.Value.Index;
                        if (entry.Id == begun && index < first) continue;
                        if (images.Count == request.Limit) return new(images, $"{before},{entry.Id},{index}", damaged);
                        images.Add(ImageResponse.Of(id, index, entry.Job!));
                    }
                    before = entry.Cursor();
                }
                if (page.Next is null) return new(images, null, damaged);
                before = page.Next;
            }
            return new(images, before, damaged);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
