using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using ViCo.Gateway.Http;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;

namespace ViCo.Gateway.Images;

/// <summary>Photos and pictures as files, whole or small.</summary>
internal sealed class PictureFiles(IBlobStore blobs, Thumbnails thumbnails)
{
    /// <summary>The bytes of a drawn picture; null: it is not there.</summary>
    public async Task<ReadOnlyMemory<byte>?> ReadAsync(CurrentTenant tenant, string image, CancellationToken cancellationToken) =>
        IdConstraint.Fits(image) && ImageId.Parse(image) is var (job, index) && await tenant.Job(job).GetImage(index) is { } file
            && await blobs.ReadAsync(file.Blob, cancellationToken) is { } blob ? Intact(file, blob) : null;

    private static ReadOnlyMemory<byte>? Intact(ImageFile file, Blob blob)
    {
        IntactBlobs.Compare(file.Blob, blob.Content.Span, file.Digest);
        return blob.Content;
    }

    /// <summary>The bytes of a preview; null: a newer one has taken its place.</summary>
    public async Task<ReadOnlyMemory<byte>?> ReadAsync(Preview preview, CancellationToken cancellationToken) =>
        await blobs.ReadAsync(preview.Blob, cancellationToken) is { } blob ? blob.Content : null;

    /// <param name="kind">What it is called where it is not there.</param>
    /// <param name="width">Of the small copy that is asked for; null: the whole.</param>
    public async Task<Results<FileStreamHttpResult, ProblemHttpResult>> AnswerAsync(
        HttpContext context, StoredPicture picture, string kind, int? width, CancellationToken cancellationToken)
    {
        if (Thumbnails.ProblemOf(width) is { } problem) return problem;
        if (width is not { } w)
        {
            return await blobs.OpenIntactAsync(picture.Blob, picture.Sha256, cancellationToken) is { } whole
                ? FileAnswers.Inline(context, whole, picture.Type, picture.Name, picture.Digest) : Problem.NotFound(kind, picture.Id);
        }
        context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Accept);
        var webp = AcceptHeader.Prefers(context.Request, "image/webp", "image/jpeg");
        var (type, extension) = webp ? ("image/webp", "webp") : ("image/jpeg", "jpg");
        return await thumbnails.OpenAsync(picture, w, webp, cancellationToken) is { } small
            ? FileAnswers.Inline(context, small, type, FileAnswers.Named(picture.Name, extension), $"{picture.Digest}-{w}-{extension}")
            : Problem.NotFound(kind, picture.Id);
    }
}
