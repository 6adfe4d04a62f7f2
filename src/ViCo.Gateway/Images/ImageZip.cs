using System.IO.Compression;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Images;

/// <summary>A selection of pictures as one ZIP file, written while it is read: no more than one picture's buffer is in memory.</summary>
internal static class ImageZip
{
    private const int MaxImages = 200;

    public static void MapImageZip(this IEndpointRouteBuilder routes) => routes.MapRead("/images.zip", Get, "image").WithTags("Images")
            .Needs(Grants.ImagesRead)
        .WithSummary("Several pictures as one ZIP file: ?image= for each, at most 200.").Produces<Stream>(200, "application/zip");

    private static async Task<Results<PushStreamHttpResult, ProblemHttpResult>> Get(
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "image")] string[] image, HttpContext context, CurrentTenant tenant, IBlobStore blobs,
        CancellationToken cancellationToken)
    {
        var ids = image.Distinct(StringComparer.Ordinal).ToArray();
        if (ids.Length is 0 or > MaxImages) return Problem.Field("image",
            $"{ids.Length} pictures are asked for; wanted: 1 to {MaxImages}.");
        List<(string Id, ImageFile File, DateTimeOffset Drawn)> files = [];
        foreach (var id in ids)
        {
            if (ImageId.Parse(id) is not var (jobId, index) || !IdConstraint.Fits(jobId)
                || await tenant.Job(jobId).GetImage(index) is not { } file || await tenant.Job(jobId).Get() is not { } job)
                return Problem.NotFound("image", id);
            files.Add((id, file, job.Submitted));
        }
        // The archive writes its few bytes of headers at once; the pictures go by async copies.
        context.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
        return TypedResults.Stream(stream => WriteAsync(stream, files, blobs, cancellationToken), "application/zip", "pictures.zip");
    }

    private static async Task WriteAsync(
        Stream stream, IReadOnlyList<(string Id, ImageFile File, DateTimeOffset Drawn)> files, IBlobStore blobs,
        CancellationToken cancellationToken)
    {
        await using var zip =
            await ZipArchive.CreateAsync(stream, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, cancellationToken);
        foreach (var (id, file, drawn) in files)
        {
            Stream? content;
            try
            {
                content = await blobs.OpenIntactAsync(file.Blob, file.Digest, cancellationToken);
            }
            catch (DamagedBlobException e)
            {
                // The status was sent long ago: a file says it, and the others still come.
                await using var note = new StreamWriter(await zip.CreateEntry($"{id}.damaged.txt").OpenAsync(cancellationToken));
                await note.WriteAsync(e.Message);
                continue;
            }
            // Deleted while the file is written: the others still come.
            if (content is null) continue;
            await using (content)
            {
                var entry = zip.CreateEntry($"{id}.png", CompressionLevel.NoCompression);
                entry.LastWriteTime = drawn;
                await using var target = await entry.OpenAsync(cancellationToken);
                await content.CopyToAsync(target, cancellationToken);
            }
        }
    }
}
