using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Jobs;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;

namespace ViCo.Gateway.Images;

/// <summary>Sampling: a prompt becomes pictures.</summary>
internal static class ImagesApi
{
    private const int MaxPrompt = 1000, MaxReferences = 8, SizeMultiple = 8, MaxSide = 4096;

    /// <summary>JSON's numbers are exact up to here in every client; the last picture's seed is one, too.</summary>
    private const long MaxSeed = (1L << 53) - 1;

    public static void MapImages(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/images").WithTags("Images");
        group.MapPost("/", Sample).WithSummary("Draws pictures of a concept; answers 202 with the job.").Small();
        group.MapRead("/", List, PageRequest.OfImages).WithSummary("The tenant's pictures, those of the newest request first, page by page; by concept, user or age.");
        group.MapRead("/{image:id}", Get).WithSummary("A picture.").Produces<FileContentHttpResult>(200, "image/png");
        group.MapDelete("/{image:id}", Remove).WithSummary("Deletes a picture.").Knows();
    }

    private static async Task<Results<Accepted<JobView>, ProblemHttpResult>> Sample(SampleRequest body, CommandId id, CurrentTenant tenant)
    {
        if (!IdConstraint.Fits(body.Concept)) return Problem.NotFound("concept", body.Concept);
        if (Refuse(body) is { } problem) return problem;
        var settings = new SamplingSettings(body.Prompt.Trim())
        {
            NegativePrompt = body.NegativePrompt?.Trim() ?? "",
            Count = body.Count ?? 4,
            Seed = body.Seed ?? 42,
            SamplingSteps = body.SamplingSteps,
            Guidance = body.Guidance,
            ImageGuidance = body.ImageGuidance,
            References = body.References ?? [],
            Checkpoint = body.Checkpoint,
            Sampler = body.Sampler,
            Spacing = body.Spacing,
            Eta = body.Eta ?? 0,
            PublishedGuidance = body.PublishedGuidance ?? false,
            Width = body.Width,
            Height = body.Height,
            TokenMerging = body.TokenMerging,
        };
        return JobsApi.Submitted(await tenant.Concept(body.Concept).Sample(id.Value, settings), "concept", body.Concept);
    }

    private static ProblemHttpResult? Refuse(SampleRequest body) =>
        (body.Prompt.Trim().Length is 0 or > MaxPrompt
            ? Problem.Field("prompt", $"The prompt has {body.Prompt.Trim().Length} characters; wanted: 1 to {MaxPrompt}, with * where the object goes.")
            : null)
        ?? (body.NegativePrompt is { Length: > MaxPrompt } negative
            ? Problem.Field("negativePrompt", $"The negative prompt has {negative.Length} characters; wanted: at most {MaxPrompt}.")
            : null)
        ?? Bounds.Check("count", body.Count, 1, 16)
        ?? Bounds.Check("seed", body.Seed, 0, MaxSeed - (body.Count ?? 4) + 1)
        ?? Bounds.Check("samplingSteps", body.SamplingSteps, 1, 1000)
        ?? Bounds.Check("guidance", body.Guidance, 1, 100)
        ?? Bounds.Check("imageGuidance", body.ImageGuidance, 0, 100)
        ?? (body is { ImageGuidance: not null, PublishedGuidance: true }
            ? Problem.Field("publishedGuidance", "Fields 'imageGuidance' and 'publishedGuidance' exclude each other; wanted one of them.")
            : null)
        ?? SamplerChoice.Refuse(body.Sampler, body.Spacing, body.Eta)
        ?? Side("width", body.Width)
        ?? Side("height", body.Height)
        ?? Bounds.CheckTokenMerging(body.TokenMerging)
        ?? (body.References is { Count: > MaxReferences } many
            ? Problem.Field("references", $"{many.Count} reference photos are named; wanted: at most {MaxReferences}.")
            : null);

    // What every base model asks for; the one that draws knows its own multiple and area, and fails the job with them.
    private static ProblemHttpResult? Side(string field, int? pixels) =>
        pixels is { } found && (found is < SizeMultiple or > MaxSide || found % SizeMultiple != 0)
            ? Problem.Field(field, $"Field '{field}' is {found}; wanted: a multiple of {SizeMultiple} from {SizeMultiple} to {MaxSide} px.")
            : null;

    private static async Task<Results<Ok<ImageList>, ProblemHttpResult>> List(HttpRequest request, CurrentTenant tenant)
    {
        var (page, problem) = PageRequest.Read(request);
        if (page is null) return problem!;
        return await ImagePage.ReadAsync(tenant, page) is { } images ? TypedResults.Ok(images) : PageRequest.BadCursor(page.Cursor);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(string image, CurrentTenant tenant) =>
        ImageId.Parse(image) is var (jobId, index) && await tenant.Job(jobId).RemoveImage(index) ? TypedResults.NoContent() : Problem.NotFound("image", image);

    /// <summary>The id leads to a job of the caller's tenant: another tenant's picture is not there.</summary>
    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> Get(
        string image, HttpContext context, CurrentTenant tenant, IBlobStore blobs, CancellationToken cancellationToken)
    {
        if (ImageId.Parse(image) is not var (jobId, index)
            || await tenant.Job(jobId).GetImage(index) is not { } file
            || await blobs.ReadAsync(file.Blob, cancellationToken) is not { } blob)
            return Problem.NotFound("image", image);
        context.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
        return TypedResults.File(blob.Content.ToArray(), "image/png", $"{image}.png");
    }
}

/// <param name="Concept">Id of the concept to draw.</param>
/// <param name="Prompt">Holds <c>*</c> where the object goes; of several objects <c>&lt;1&gt;</c>, <c>&lt;2&gt;</c> and so on.</param>
/// <param name="NegativePrompt">What the picture should not show.</param>
/// <param name="Count">Pictures, 1 to 16; default 4.</param>
/// <param name="Seed">Picture i has seed Seed + i; default 42.</param>
/// <param name="SamplingSteps">Denoising steps, 1 to 1000; default: the base model's.</param>
/// <param name="Guidance">Guidance scale, from 1 (off); default: the base model's.</param>
/// <param name="References">Ids of the photos that the image blocks attend to; each object that the prompt names and none of them shows adds its first photo.</param>
/// <param name="Checkpoint"><c>{run}:{step}</c>, or a step: the default run's, else the newest run's that has it; default: the concept's.</param>
/// <param name="ImageGuidance">Guidance by the reference photo, from 0 (left out); more draws the object more faithfully and the place less; default: the base model's.</param>
/// <param name="Sampler"><c>ddim</c>, <c>plms</c>, <c>dpmpp-2m</c>, <c>euler</c> or <c>euler-a</c>; default: the base model's.</param>
/// <param name="Spacing">Of the sampler's timesteps: <c>ldm</c>, <c>leading</c>, <c>linspace</c>, <c>trailing</c>, or <c>karras</c>, beside one of the last three samplers named; default: the base model's.</param>
/// <param name="Eta">DDIM's η, 0 to 1; default 0. Other samplers take none.</param>
/// <param name="PublishedGuidance">Guide by the text alone, as the paper's code does, whatever the base model's default.</param>
/// <param name="Width">Of the pictures in pixels, a multiple of what the base model's networks halve (SD: 64), at most four times its area; default: the base model's.</param>
/// <param name="Height">As <c>width</c>.</param>
/// <param name="TokenMerging">Share of the finest blocks' tokens that is merged away for speed, 0 (default: none) to 0.75.</param>
internal sealed record SampleRequest(
    string Concept, string Prompt, string? NegativePrompt = null, int? Count = null, long? Seed = null, int? SamplingSteps = null,
    double? Guidance = null, IReadOnlyList<string>? References = null, CheckpointChoice? Checkpoint = null, double? ImageGuidance = null,
    string? Sampler = null, string? Spacing = null, double? Eta = null, bool? PublishedGuidance = null,
    int? Width = null, int? Height = null, double? TokenMerging = null);
