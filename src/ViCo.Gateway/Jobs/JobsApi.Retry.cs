using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;
using ViCo.Options;

namespace ViCo.Gateway.Jobs;

/// <content>Another try.</content>
internal static partial class JobsApi
{
    public static void MapRetry(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/jobs/{job:id}/retry", Retry).WithTags("Jobs").Needs(Grants.ConceptsWrite | Grants.ImagesWrite)
            .WithSummary(
                "Does what a failed or cancelled job was asked for, as a new job; answers 202 with it. A training goes on from its last "
                + "resume point, if it left one.").Knows().MayWait();

    private static async Task<Results<Accepted<JobView>, ProblemHttpResult>> Retry(string job, CommandId id, CurrentTenant tenant)
    {
        if (await tenant.Job(job).Get() is not { } view) return Problem.NotFound("job", job);
        if (view.State is not (JobState.Failed or JobState.Canceled))
            return Problem.Conflict("not_possible_now", $"Job '{job}' is {view.State}; wanted: one that failed or was cancelled.");
        var concept = tenant.Concept(view.ConceptId);
        if (view.Rerun is { } rerun && ImageId.Parse(rerun.Image) is var (ofJob, index))
            return Submitted(await concept.Rerun(id.Value, ofJob, index, rerun.Pixels, view.User), "image", rerun.Image);
        if (view.Sampling is { } sampling)
            return Submitted(await concept.Sample(id.Value, sampling, view.User), "concept", view.ConceptId);

        var run = (await concept.GetRuns() ?? []).FirstOrDefault(r => r.Jobs.Contains(job));
        if (run is null) return Problem.NotFound("run", view.Run ?? job);
        // An extension that the run has gone beyond since is none to repeat: its run is what can be extended.
        var goesOn = run.Resume is not null && (run.NewestJob == job || run.NewestJob == id.Value);
        var origin = goesOn ? new TrainingOrigin(Extends: run.Id)
            : run.Parent is { Run: { } parent } ? new TrainingOrigin(BranchesFrom: parent) : null;
        var asked = view.Training ?? new();
        // What it left to its base model it has learned by now.
        if (asked.Steps is null && view.Steps is { } steps) asked = new(asked.Options.With(TrainingOption.Steps, steps));
        return Submitted(await concept.Train(id.Value, asked, origin, view.User), "concept", view.ConceptId);
    }
}
