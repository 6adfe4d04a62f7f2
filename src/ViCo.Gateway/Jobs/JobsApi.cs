using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Jobs;

/// <summary>Jobs: look, list, cancel, follow.</summary>
internal static class JobsApi
{
    private const int MaxListed = 200, DefaultListed = 50, MaxPage = 1000;

    public static void MapJobs(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/jobs").WithTags("Jobs");
        group.MapGet("/", List).WithSummary("The tenant's jobs, newest first; ?concept= for one concept's.");
        group.MapGet("/{job:id}", Get).WithSummary("Where a job stands.");
        group.MapPost("/{job:id}/cancel", Cancel).WithSummary("Ends a job: a waiting one at once, a running one at its next step.");
        group.MapGet("/{job:id}/events", Events)
            .WithSummary("The job's events after a sequence number: one page of JSON, or a live stream with Accept: text/event-stream.")
            .Produces<EventPage>().Produces(200, null, "text/event-stream");
        group.MapGet("/{job:id}/preview", Preview).WithSummary("The newest preview picture of a training.")
            .Produces<FileContentHttpResult>(200, "image/png");
    }

    /// <summary>The answer to a submission: 202 with the job, or why not.</summary>
    public static Results<Accepted<JobView>, ProblemHttpResult> Submitted(SubmitResult result, string kind, string id) => result switch
    {
        { Job: { } job, Problem: null } => TypedResults.Accepted($"/jobs/{job.Id}", job),
        { NotFound: true, Problem: { } what } => Problem.Of(404, $"{kind}_not_found", what),
        { NotFound: true } => Problem.NotFound(kind, id),
        _ => Problem.Conflict("not_possible_now", result.Problem ?? $"The {kind} '{id}' cannot do that now."),
    };

    private static async Task<Results<Ok<JobList>, ProblemHttpResult>> List(CurrentTenant tenant, string? concept = null, int limit = DefaultListed)
    {
        if (Bounds.Check<int>("limit", limit, 1, MaxListed) is { } problem) return problem;
        var ids = await tenant.Tenant().List(IndexKind.Job, MaxListed);
        var views = new List<JobView>();
        foreach (var some in ids.Chunk(limit))
        {
            var read = await Task.WhenAll(some.Select(id => tenant.Job(id).Get()));
            views.AddRange(read.OfType<JobView>().Where(job => concept is null || job.ConceptId == concept));
            if (views.Count >= limit) break;
        }
        return TypedResults.Ok(new JobList([.. views.Take(limit)]));
    }

    private static async Task<Results<Ok<JobView>, ProblemHttpResult>> Get(string job, CurrentTenant tenant) =>
        await tenant.Job(job).Get() is { } view ? TypedResults.Ok(view) : Problem.NotFound("job", job);

    private static async Task<Results<Accepted<JobView>, ProblemHttpResult>> Cancel(string job, CurrentTenant tenant)
    {
        if (await tenant.Job(job).Get() is null) return Problem.NotFound("job", job);
        await tenant.Job(job).Cancel();                                     // an ended job stays as it ended: the answer says how
        return TypedResults.Accepted($"/jobs/{job}", (await tenant.Job(job).Get())!);
    }

    private static async Task<IResult> Events(
        string job, HttpContext context, CurrentTenant tenant, EventStream stream, CancellationToken cancellationToken,
        long after = 0, int limit = 500)
    {
        if ((Bounds.Check<long>("after", after, 0, long.MaxValue) ?? Bounds.Check<int>("limit", limit, 1, MaxPage)) is { } problem) return problem;
        if (await tenant.Job(job).Get() is null) return Problem.NotFound("job", job);
        if (!EventStream.Wanted(context.Request)) return TypedResults.Ok(await JobEventReader.ReadAsync(tenant, job, after, limit));

        if (context.Request.Headers[EventStream.LastEventId] is [{ } last, ..] && !long.TryParse(last, out after))
            return Problem.Of(400, "invalid_last_event_id", $"{EventStream.LastEventId} is '{last}'; wanted: the seq of the last event seen.");
        await stream.WriteAsync(context.Response, tenant, job, after, cancellationToken);
        return TypedResults.Empty;
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> Preview(
        string job, HttpContext context, CurrentTenant tenant, IBlobStore blobs, CancellationToken cancellationToken)
    {
        if (await tenant.Job(job).Get() is null) return Problem.NotFound("job", job);
        if (await tenant.Job(job).GetPreview() is not { } preview || await blobs.ReadAsync(preview.Blob, cancellationToken) is not { } blob)
            return Problem.Of(404, "no_preview_yet", $"Job '{job}' has drawn no preview yet.");
        context.Response.Headers.CacheControl = "private, no-cache";
        return TypedResults.File(blob.Content.ToArray(), "image/png", entityTag: new($"\"step-{preview.Step}\""));
    }
}

internal sealed record JobList(IReadOnlyList<JobView> Jobs);
