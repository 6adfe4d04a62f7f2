using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Concepts;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;
using ViCo.Options;

namespace ViCo.Gateway.Runs;

/// <summary>Runs of a concept: what each training was given and what it left.</summary>
internal static class RunsApi
{
    internal const int MaxLabel = 80, MaxPoints = 5000;

    private const int EventsAtOnce = 1000;

    public static void MapRuns(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/concepts/{concept:id}/runs").WithTags("Runs").Needs(Grants.ConceptsRead);
        group.MapRead("/", List, PageRequest.OfRuns)
            .WithSummary("The concept's runs, newest first: photos, options and checkpoints of each.");
        group.MapRead("/{run:id}", Get).WithSummary("A run.");
        group.MapPatch("/{run:id}", Change).Needs(Grants.ConceptsWrite)
            .WithSummary("Gives a run a label, or takes it away with an empty one.").Small().Knows();
        group.MapDelete("/{run:id}", Remove).Needs(Grants.ConceptsWrite)
            .WithSummary("Deletes a run with its jobs and checkpoints. Not while another job needs something of it.").Knows();
        group.MapRead("/{run:id}/curve", Curve, "points")
            .WithSummary("The run's loss by step, from the logs of its jobs; at most ?points= means of equal spans.");

        var checkpoints = group.MapGroup("/{run:id}/checkpoints/{step:int}");
        checkpoints.MapRead("/", Download).WithSummary("A checkpoint's safetensors file.")
            .Produces<FileContentHttpResult>(200, "application/octet-stream");
        checkpoints.MapPatch("/", ChangeCheckpoint).Needs(Grants.ConceptsWrite)
            .WithSummary("Gives a checkpoint a label, or takes it away with an empty one.").Small()
            .Knows();
        checkpoints.MapDelete("/", RemoveCheckpoint).Needs(Grants.ConceptsWrite)
            .WithSummary("Deletes a checkpoint. Not while a drawing needs it.").Knows();
        checkpoints.MapRead("/preview", Preview).WithSummary("What the concept looked like at this checkpoint.")
            .Produces<FileContentHttpResult>(200, "image/png").TakesSignatures();
    }

    /// <summary>A checkpoint as a file; its digest is its ETag.</summary>
    public static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> FileAsync(
        CurrentTenant tenant, string concept, CheckpointChoice choice, IBlobStore blobs, CancellationToken cancellationToken)
    {
        if (await tenant.Concept(concept).FindCheckpoint(choice) is not { } checkpoint
            || await blobs.OpenIntactAsync(checkpoint.Blob, checkpoint.Digest, cancellationToken) is not { } content)
        {
            return await tenant.Concept(concept).Get() is null ? Problem.NotFound("concept", concept)
                : Problem.NotFound("checkpoint", choice.ToString());
        }
        var name = string.Create(CultureInfo.InvariantCulture, $"step-{checkpoint.Step:D6}.safetensors");
        // A stream: a concept with a network of its own is larger than any array.
        return TypedResults.File(
            content, "application/octet-stream", name, enableRangeProcessing: true, entityTag: new($"\"{checkpoint.Digest}\""));
    }

    private static async Task<Results<Ok<RunList>, ProblemHttpResult>> List(string concept, HttpRequest request, CurrentTenant tenant)
    {
        var (page, problem) = PageRequest.Read(request);
        if (page is null) return problem!;
        if (await tenant.Concept(concept).GetRuns() is not { } runs || await tenant.Concept(concept).Get() is not { } view)
            return Problem.NotFound("concept", concept);
        var from = 0;
        if (page.Cursor is { } cursor)
        {
            from = 1 + Enumerable.Range(0, runs.Count).FirstOrDefault(i => runs[i].Id == cursor, -1);
            if (from == 0) return PageRequest.BadCursor(cursor);
        }
        Run[] some = [.. runs.Skip(from).Take(page.Limit)];
        var answers = await Task.WhenAll(some.Select(run => ResponseAsync(tenant, concept, run, view)));
        return TypedResults.Ok(new RunList(answers, from + some.Length < runs.Count ? some[^1].Id : null));
    }

    private static async Task<Results<Ok<RunResponse>, ProblemHttpResult>> Get(string concept, string run, CurrentTenant tenant) =>
        await FindAsync(tenant, concept, run) switch
        {
            ({ } found, { } view) => TypedResults.Ok(await ResponseAsync(tenant, concept, found, view)),
            (_, { }) => Problem.NotFound("run", run),
            _ => Problem.NotFound("concept", concept),
        };

    private static Task<Results<Ok<RunResponse>,
    ProblemHttpResult>> Change(string concept, string run, LabelChange body, CurrentTenant tenant) =>
        LabelAsync(concept, run, null, body, tenant);

    private static Task<Results<Ok<RunResponse>,
    ProblemHttpResult>> ChangeCheckpoint(string concept, string run, int step, LabelChange body, CurrentTenant tenant) =>
        LabelAsync(concept, run, step, body, tenant);

    private static async Task<Results<Ok<RunResponse>, ProblemHttpResult>> LabelAsync(
        string concept, string run, int? step, LabelChange body, CurrentTenant tenant)
    {
        var label = body.Label.Trim();
        if (label.Length > MaxLabel || label.Any(char.IsControl))
            return Problem.Field("label",
                $"The label has {label.Length} characters; wanted: at most {MaxLabel}, none of them a control character.");
        if (ReadableText.FaultOfName(label) is { } fault) return Problem.Field("label", $"The label {fault}.");
        var outcome = await tenant.Concept(concept).Label(run, step, label.Length == 0 ? null : label);
        if (outcome == Outcome.NotFound && step is { } missing && (await FindAsync(tenant, concept, run)).Run is not null)
            return Problem.NotFound("checkpoint", $"{run}:{missing}");
        return await Get(concept, run, tenant);
    }

    /// <summary>The answer to a deletion: 204, or why not.</summary>
    public static Results<NoContent, ProblemHttpResult> Removed(ChangeResult result) => Problem.Of(result) is { } problem ? problem
        : TypedResults.NoContent();

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(string concept, string run, CurrentTenant tenant) =>
        Removed(await tenant.Concept(concept).RemoveRun(run));

    private static async Task<Results<NoContent,
    ProblemHttpResult>> RemoveCheckpoint(string concept, string run, int step, CurrentTenant tenant) =>
        Removed(await tenant.Concept(concept).RemoveCheckpoint(run, step));

    private static Task<Results<FileStreamHttpResult, ProblemHttpResult>> Download(
        string concept, string run, int step, CurrentTenant tenant, IBlobStore blobs, CancellationToken cancellationToken) =>
        FileAsync(tenant, concept, new(run, step), blobs, cancellationToken);

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> Preview(
        string concept, string run, int step, HttpContext context, CurrentTenant tenant, IBlobStore blobs,
        CancellationToken cancellationToken)
    {
        var (found, view) = await FindAsync(tenant, concept, run);
        if (view is null) return Problem.NotFound("concept", concept);
        if (found?.Find(step) is null) return Problem.NotFound("checkpoint", $"{run}:{step}");
        foreach (var job in found.Jobs.Reverse())
        {
            if ((await tenant.Job(job).GetPreviews()).FirstOrDefault(p => p.Step == step) is { } preview
                && await blobs.ReadAsync(preview.Blob, cancellationToken) is { } blob)
            {
                context.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
                return TypedResults.File(blob.Content.ToArray(), "image/png", entityTag: new($"\"{job}-{step}\""));
            }
        }
        return Problem.Of(404, "no_preview", $"No preview was drawn at checkpoint {run}:{step}.");
    }

    private static async Task<Results<Ok<LossCurve>,
    ProblemHttpResult>> Curve(string concept, string run, CurrentTenant tenant, int points = 500)
    {
        if (Bounds.Check<int>("points", points, 1, MaxPoints) is { } problem) return problem;
        var (found, view) = await FindAsync(tenant, concept, run);
        if (found is null) return view is null ? Problem.NotFound("concept", concept) : Problem.NotFound("run", run);

        List<StepDone> steps = [];
        foreach (var job in found.Jobs)
        {
            for (var seq = 0L; ;)
            {
                var page = await tenant.Job(job).ReadEvents(seq, EventsAtOnce);
                if (page.Events.Count == 0) break;
                seq = page.Events[^1].Seq;
                // A job that goes on from a resume point may tell a few steps of the one before it again.
                steps.AddRange(page.Events.Select(e => e.Data).OfType<StepDone>()
                    .Where(step => steps.Count == 0 || step.Step > steps[^1].Step));
            }
        }
        var span = Math.Max(1, (steps.Count + points - 1) / points);
        return TypedResults.Ok(new LossCurve([.. steps.Chunk(span).Select(some =>
            new LossPoint(some[^1].Step, some.Average(s => s.Loss), some.Average(s => s.Regularization)))]));
    }

    private static async Task<(Run? Run, ConceptView? Concept)> FindAsync(CurrentTenant tenant, string concept, string run)
    {
        var view = await tenant.Concept(concept).Get();
        return ((await tenant.Concept(concept).GetRuns())?.FirstOrDefault(r => r.Id == run), view);
    }

    private static async Task<RunResponse> ResponseAsync(CurrentTenant tenant, string concept, Run run, ConceptView view)
    {
        List<Preview> previews = [];
        foreach (var job in run.Jobs)
            previews.AddRange((await DamagedItem.AskAsync(job, async () => await tenant.Job(job).GetPreviews())).Answer ?? []);
        var newest = (await DamagedItem.AskAsync(run.NewestJob, () => tenant.Job(run.NewestJob).Get())).Answer;
        return RunResponse.Of(concept, run, view, newest, [.. previews.Select(p => p.Step)]);
    }
}

/// <param name="Next">Cursor of the next page; null: there is no more.</param>
internal sealed record RunList(IReadOnlyList<RunResponse> Runs, string? Next);

/// <param name="Id">Its first job's.</param>
/// <param name="Parent">The checkpoint, <c>{run}:{step}</c>, that it branched off from.</param>
/// <param name="Jobs">The training, then each extension.</param>
/// <param name="Photos">What it learned from; a photo that has left the concept has no <c>url</c> that leads anywhere.</param>
/// <param name="Options">As asked for; what is not there was the base model's default.</param>
/// <param name="State">Of its newest job.</param>
/// <param name="Loss">The last one told.</param>
/// <param name="IsDefault">It has the checkpoint that is used when a request names none.</param>
/// <param name="CanGoOn">More steps can be asked for.</param>
internal sealed record RunResponse(
    string Id, DateTimeOffset Created, string? Parent, string? Label, string? User, IReadOnlyList<string> Jobs,
    IReadOnlyList<PhotoResponse> Photos,
    IReadOnlyList<string> InitWords, TrainingSettings? Options, JobState State, int Step, int? Steps, double? Loss,
    IReadOnlyList<CheckpointResponse> Checkpoints, bool IsDefault, bool CanGoOn)
{
    public static RunResponse Of(string conceptId, Run run, ConceptView concept, JobView? newest, IReadOnlyList<int> previews) => new(
        run.Id, run.Created, run.Parent?.ToString(), run.Label, run.User, run.Jobs,
        [.. run.Photos.Select(p => PhotoResponse.Of(conceptId, p))],
        run.InitWords, run.Settings, newest?.State ?? run.Ended ?? JobState.Canceled,
        newest?.Step ?? (run.Checkpoints is [.., var last] ? last.Step : 0), newest?.Steps, newest?.Loss,
        [.. run.Checkpoints.Select(c => CheckpointResponse.Of(conceptId, c, previews.Contains(c.Step)))],
        concept.DefaultRun == run.Id, run.Ended is not null && run.Resume is not null);
}

/// <param name="Points">By step.</param>
internal sealed record LossCurve(IReadOnlyList<LossPoint> Points);

/// <param name="Step">The last step of the span that the point stands for.</param>
internal sealed record LossPoint(int Step, double Loss, double Regularization);
