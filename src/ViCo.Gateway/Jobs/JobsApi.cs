using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using ViCo.Gateway.Http;
using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Quotas;
using ViCo.Gateway.Runs;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Indexes;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;
using ViCo.Options;

namespace ViCo.Gateway.Jobs;

/// <summary>Jobs: look, list, cancel, delete, follow.</summary>
internal static partial class JobsApi
{
    private const int MaxPage = 1000;

    private const string Key = "key";

    public static void MapJobs(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/jobs").WithTags("Jobs").Needs(Grants.JobsRead);
        group.MapRead("/", List, [.. PageRequest.OfJobs, Key])
            .WithSummary(
                "The tenant's jobs, newest first, page by page; by concept, kind, state, user or age. With ?key= those that were "
                + "asked for under an Idempotency-Key today or yesterday.");
        group.MapRead("/{job:id}", Get).WithSummary("Where a job stands.");
        group.MapRead("/{job:id}/explain", Explain)
            .WithSummary(
                "What a waiting job waits for: its turn, a worker, a base model, or a moment after a failure; how many go before it, "
                + "and how long that may take.");
        group.MapDelete("/{job:id}", Remove).Needs(Grants.JobsWrite)
            .WithSummary("Deletes a job with its log and pictures. A training with checkpoints goes with its run.").Knows();
        group.MapPost("/{job:id}/cancel", Cancel).Needs(Grants.JobsWrite)
            .WithSummary("Ends a job: a waiting one at once, a running one at its next step.")
            .Knows();
        group.MapGet("/{job:id}/events", Events)
            .WithSummary("The job's events after a sequence number: one page of JSON, or a live stream with Accept: text/event-stream.")
            .Produces<EventPage>(200, "application/json", EventStream.ContentType).TakesTokens().Knows("after", "limit");
        group.MapMethods("/{job:id}/preview", [HttpMethods.Get, HttpMethods.Head], Preview)
            .WithSummary("The newest preview picture of a training.")
            .Produces<FileContentHttpResult>(200, "image/png").TakesSignatures().Knows("step");
    }

    /// <summary>The answer to a submission: 202 with the job, or why not.</summary>
    public static Results<Accepted<JobView>, ProblemHttpResult> Submitted(SubmitResult result, string kind, string id) => result switch
    {
        { Job: { } job, Problem: null } => TypedResults.Accepted($"/jobs/{job.Id}", job),
        { Quota: { } refusal } => QuotaAnswers.Of(refusal),
        { NotFound: true, Problem: { } why } => Problem.Of(404, $"{result.What ?? kind}_not_found", why),
        { NotFound: true } => Problem.NotFound(kind, id),
        _ => Problem.Conflict("not_possible_now", result.Problem ?? $"The {kind} '{id}' cannot do that now."),
    };

    private static async Task<Results<Ok<JobList>, ProblemHttpResult>> List(
        HttpRequest request, CurrentTenant tenant, StoredAnswers answers, CancellationToken cancellationToken)
    {
        if (request.Query[Key] is [{ } key, ..]) return await UnderKeyAsync(request, key, tenant, answers, cancellationToken);
        var (page, problem) = PageRequest.Read(request);
        if (page is null) return problem!;
        try
        {
            var found = await tenant.Index(page.Concept is { } concept ? IndexKeys.Jobs(tenant.Id, concept) : IndexKeys.Jobs(tenant.Id))
                .Read(page.Query);
            return TypedResults.Ok(new JobList(
                [.. found.Entries.Select(e => e.Job).OfType<JobView>()], found.Next, DamagedItem.Of(found)));
        }
        catch (ArgumentException)
        {
            return PageRequest.BadCursor(page.Cursor);
        }
    }

    /// <summary>For a client that has its key and has lost the answer.</summary>
    private static async Task<Results<Ok<JobList>, ProblemHttpResult>> UnderKeyAsync(
        HttpRequest request, string key, CurrentTenant tenant, StoredAnswers answers, CancellationToken cancellationToken)
    {
        if (IdempotencyKeys.ProblemOf(key) is { } problem) return Problem.Field(Key, problem);
        if (request.Query.Count > 1) return Problem.Field(Key,
            $"Field '{Key}' names a few jobs by itself; wanted: no other parameter beside it.");
        List<JobView> jobs = [];
        List<DamagedItem> damaged = [];
        await foreach (var command in answers.CommandsAsync(tenant.Id.Value, key, cancellationToken))
        {
            var (job, why) = await DamagedItem.AskAsync(command.Value, () => tenant.Job(command.Value).Get());
            if (job is not null) jobs.Add(job);
            if (why is not null) damaged.Add(why);
        }
        return TypedResults.Ok(new JobList([.. jobs.OrderByDescending(job => job.Submitted)], null, damaged));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(string job, CurrentTenant tenant)
    {
        if (await tenant.Job(job).Get() is not { } view) return Problem.NotFound("job", job);
        var runs = view.Run is null ? null : await tenant.Concept(view.ConceptId).GetRuns();
        if (runs?.FirstOrDefault(run => run.Jobs.Contains(job)) is { } run)
        {
            if (run.Checkpoints.Count > 0 || run.Jobs.Count > 1)
                return Problem.Conflict("job_has_run",
                    $"Job '{job}' trained run '{run.Id}' of concept '{view.ConceptId}'; delete the run, and the job goes with it.");
            return RunsApi.Removed(await tenant.Concept(view.ConceptId).RemoveRun(run.Id));
        }
        await tenant.Job(job).Erase();
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<JobView>, ProblemHttpResult>> Get(string job, CurrentTenant tenant) =>
        await tenant.Job(job).Get() is { } view ? TypedResults.Ok(view) : Problem.NotFound("job", job);

    private static async Task<Results<Ok<JobPlace>, ProblemHttpResult>> Explain(string job, CurrentTenant tenant, IGrainFactory grains) =>
        await tenant.Job(job).Get() is { } view
            ? TypedResults.Ok(await JobPlace.OfAsync(view, tenant, grains)) : Problem.NotFound("job", job);

    private static async Task<Results<Accepted<JobView>, ProblemHttpResult>> Cancel(string job, CurrentTenant tenant)
    {
        if (await tenant.Job(job).Get() is null) return Problem.NotFound("job", job);
        await tenant.Job(job).Cancel();                                     // an ended job stays as it ended: the answer says how
        return TypedResults.Accepted($"/jobs/{job}", (await tenant.Job(job).Get())!);
    }

    private static async Task<IResult> Events(
        string job, HttpContext context, CurrentTenant tenant, EventStream stream, TimeProvider clock, CancellationToken cancellationToken,
        long after = 0, int limit = 500)
    {
        OptionProblem?[] odd = [Bounds.Find<long>("after", after, 0, long.MaxValue), Bounds.Find<int>("limit", limit, 1, MaxPage)];
        if (Problem.Fields([.. odd.OfType<OptionProblem>()]) is { } problem) return problem;
        if (await tenant.Job(job).Get() is not { } view || !TokenScope.Allows(context.User, view)) return Problem.NotFound("job", job);
        context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Accept);
        if (!EventStream.Wanted(context.Request)) return TypedResults.Ok(await JobEventReader.ReadAsync(tenant, job, after, limit));

        // A browser that has seen no event yet may send an empty one.
        if (context.Request.Headers[EventStream.LastEventId] is [{ Length: > 0 } last, ..]
            && !(long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out after)))
            return Problem.Of(400, "invalid_last_event_id",
                $"{EventStream.LastEventId} is '{last}'; wanted: the seq of the last event seen.");
        using var until = TokenScope.UntilExpiry(context.User, clock, cancellationToken);
        try
        {
            await stream.WriteAsync(context.Response, tenant, job, after, until.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The token has expired: whoever comes back without a new one gets 401.
        }
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
