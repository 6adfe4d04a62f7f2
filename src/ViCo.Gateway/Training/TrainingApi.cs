using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Concepts;
using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Jobs;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Runs;
using ViCo.Gateway.Tenants;
using ViCo.Gateway.Webhooks;
using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;
using ViCo.Options;

namespace ViCo.Gateway.Training;

/// <summary>Trainings of a concept, and the checkpoints they leave.</summary>
internal static class TrainingApi
{
    private static readonly OptionSpec[] _own = [EndUser.Field, .. WebhookFields.All];

    public static void MapTraining(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/concepts/{concept:id}").WithTags("Training").Needs(Grants.ConceptsRead);
        group.MapPost("/trainings", Train).Needs(Grants.ConceptsWrite)
            .WithSummary("Starts a training over the concept's photos of now; answers 202 with the job.")
            .Small().MayWait().Knows();
        group.MapPost("/runs/{run:id}/extensions", Extend).Needs(Grants.ConceptsWrite)
            .WithSummary(
                "Trains a finished run further, to more steps; answers 202 with the job. Photos and options stay the run's, but steps.")
                .Small().MayWait().Knows();
        group.MapPost("/runs/{run:id}/branches", Branch).Needs(Grants.ConceptsWrite)
            .WithSummary(
                "Starts a run of its own where another one ended, over the photos of now and with other options; answers 202 with the job.")
                .Small().MayWait().Knows();
        group.MapRead("/checkpoints", List)
            .WithSummary("The concept's checkpoints by training step; of several with one step the default run's, else the newest run's.");
        group.MapRead("/checkpoints/{step:int}", Download).WithSummary("The safetensors file of the checkpoint that a bare step means.")
            .Produces<FileContentHttpResult>(200, "application/octet-stream");
    }

    /// <summary>Every field that a training's body may have.</summary>
    public static OptionList Fields(OptionCatalog catalog) => new OptionList(_own, EndUser.Reads, WebhookFields.Read).And(catalog.Training);

    private static Task<Results<Accepted<JobView>, ProblemHttpResult>> Train(
        string concept, TrainingSettings body, OptionCatalog catalog, CommandId id, CurrentTenant tenant) =>
        SubmitAsync(new(concept, body), catalog, id, tenant);

    private static Task<Results<Accepted<JobView>, ProblemHttpResult>> Extend(
        string concept, string run, TrainingSettings body, OptionCatalog catalog, CommandId id, CurrentTenant tenant) =>
        SubmitAsync(new(concept, body, new(Extends: run)), catalog, id, tenant);

    private static Task<Results<Accepted<JobView>, ProblemHttpResult>> Branch(
        string concept, string run, TrainingSettings body, OptionCatalog catalog, CommandId id, CurrentTenant tenant) =>
        SubmitAsync(new(concept, body, new(BranchesFrom: run)), catalog, id, tenant);

    private static async Task<Results<Accepted<JobView>, ProblemHttpResult>> SubmitAsync(
        Wanted wanted, OptionCatalog catalog, CommandId id, CurrentTenant tenant)
    {
        var (concept, body, origin) = wanted;
        if (Problem.Fields(Fields(catalog).Check(body.Options)) is { } problem) return problem;
        var settings = new TrainingSettings(_own.Aggregate(body.Options, (values, field) => values.Without(field.Name)));
        await WebhookFields.FollowAsync(tenant, id, body.Options);
        return JobsApi.Submitted(await tenant.Concept(concept).Train(id.Value, settings, origin, EndUser.Of(body.Options)), "concept",
            concept);
    }

    private static async Task<Results<Ok<CheckpointList>, ProblemHttpResult>> List(string concept, CurrentTenant tenant) =>
        await tenant.Concept(concept).Get() is { } view
            ? TypedResults.Ok(new CheckpointList([.. view.Checkpoints.Select(c => CheckpointResponse.Of(concept, c))], view.DefaultStep,
                view.DefaultRun))
            : Problem.NotFound("concept", concept);

    private static Task<Results<FileStreamHttpResult, ProblemHttpResult>> Download(
        string concept, int step, CurrentTenant tenant, IBlobStore blobs, CancellationToken cancellationToken) =>
        RunsApi.FileAsync(tenant, concept, new(null, step), blobs, cancellationToken);

    /// <summary>A training as it is asked for.</summary>
    /// <param name="Origin">The run it goes on from; null: it begins anew.</param>
    private sealed record Wanted(string Concept, TrainingSettings Body, TrainingOrigin? Origin = null);
}

/// <param name="DefaultStep">The checkpoint that sampling uses when a request names none.</param>
/// <param name="DefaultRun">Its run.</param>
internal sealed record CheckpointList(IReadOnlyList<CheckpointResponse> Checkpoints, int? DefaultStep, string? DefaultRun);
