using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Http;
using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Jobs;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Gateway.Webhooks;
using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Gateway.Images;

/// <summary>Sampling: a prompt becomes pictures.</summary>
internal static class ImagesApi
{
    public static void MapImages(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/images").WithTags("Images").Needs(Grants.ImagesRead);
        group.MapPost("/", Sample).Needs(Grants.ImagesWrite)
            .WithSummary("Draws pictures of a concept; answers 202 with the job.").Small().MayWait().Knows();
        group.MapRead("/", List, PageRequest.OfImages)
            .WithSummary("The tenant's pictures, those of the newest request first, page by page; by concept, user or age.");
        group.MapRead("/{image:id}", Get, "w")
            .WithSummary("A picture: the PNG, or with ?w= a small copy as WebP or JPEG, as Accept prefers.")
            .Produces<FileContentHttpResult>(200, "image/png", "image/webp", "image/jpeg").TakesSignatures();
        group.MapDelete("/{image:id}", Remove).Needs(Grants.ImagesWrite).WithSummary("Deletes a picture.").Knows();
        group.MapPost("/{image:id}/rerun", Rerun).Needs(Grants.ImagesWrite)
            .WithSummary(
                "Draws a picture again by its job's own settings; answers 202 with the job, whose 'rerun' says when it has ended "
                + "whether the pixels are the same.").Knows().MayWait();
    }

    private static async Task<Results<Accepted<JobView>, ProblemHttpResult>> Sample(
        SampleRequest body, OptionCatalog catalog, CommandId id, CurrentTenant tenant, DrawableSizes sizes)
    {
        body = body.Trimmed();
        if (Problem.Fields(
            [.. SampleRequest.Fields(catalog).Check(body.Values), .. await sizes.CheckAsync(body.Values)]) is { } problem) return problem;
        var concept = body.Values.Get(SampleRequest.Concept);
        if (!IdConstraint.Fits(concept)) return Problem.NotFound("concept", concept);
        await WebhookFields.FollowAsync(tenant, id, body.Values);
        return JobsApi.Submitted(await tenant.Concept(concept).Sample(id.Value, body.Settings(id), EndUser.Of(body.Values)), "concept",
            concept);
    }

    private static async Task<Results<Ok<ImageList>, ProblemHttpResult>> List(HttpRequest request, CurrentTenant tenant)
    {
        var (page, problem) = PageRequest.Read(request);
        if (page is null) return problem!;
        return await ImagePage.ReadAsync(tenant, page) is { } images ? TypedResults.Ok(images) : PageRequest.BadCursor(page.Cursor);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(string image, CurrentTenant tenant, Thumbnails thumbnails)
    {
        if (ImageId.Parse(image) is not var (jobId, index)) return Problem.NotFound("image", image);
        var file = await tenant.Job(jobId).GetImage(index);
        if (!await tenant.Job(jobId).RemoveImage(index)) return Problem.NotFound("image", image);
        if (file is not null) await thumbnails.ForgetAsync(file.Blob);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Accepted<JobView>, ProblemHttpResult>> Rerun(
        string image, CommandId id, CurrentTenant tenant, IBlobStore blobs, CancellationToken cancellationToken)
    {
        if (ImageId.Parse(image) is not var (jobId, index)
            || await tenant.Job(jobId).GetImage(index) is not { } file
            || await tenant.Job(jobId).Get() is not { } job)
            return Problem.NotFound("image", image);
        var pixels = file.Pixels;
        if (pixels is null)
        {
            // Drawn by a version that did not say.
            if (await blobs.ReadAsync(file.Blob, cancellationToken) is not { } blob) return Problem.NotFound("image", image);
            pixels = Convert.ToHexStringLower(SHA256.HashData(PictureCodec.Decode(blob.Content, image).Rgb));
        }
        return JobsApi.Submitted(await tenant.Concept(job.ConceptId).Rerun(id.Value, jobId, index, pixels, job.User), "image", image);
    }

    /// <summary>The id leads to a job of the caller's tenant: another tenant's picture is not there.</summary>
    private static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Get(
        string image, HttpContext context, CurrentTenant tenant, PictureFiles files, CancellationToken cancellationToken, int? w = null)
    {
        if (ImageId.Parse(image) is not var (jobId, index) || await tenant.Job(jobId).GetImage(index) is not { } file)
            return Problem.NotFound("image", image);
        // A picture is drawn once under its id.
        var digest = file.Pixels is { } pixels ? $"{image}-{pixels[..16]}" : image;
        var stored = new StoredPicture(image, file.Blob, "image/png", $"{image}.png", digest, file.Digest);
        return await files.AnswerAsync(context, stored, "image", w, cancellationToken);
    }
}
