using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Concepts;
using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Jobs;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;

namespace ViCo.Gateway.Training;

/// <summary>Trainings of a concept, and the checkpoints they leave.</summary>
internal static class TrainingApi
{
    private static readonly string[] _methods = ["vico", "textual-inversion"];

    public static void MapTraining(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/concepts/{concept:id}").WithTags("Training");
        group.MapPost("/trainings", Train).WithSummary("Starts a training over the concept's photos of now; answers 202 with the job.").Small();
        group.MapGet("/checkpoints", List).WithSummary("The concept's checkpoints by training step.");
        group.MapGet("/checkpoints/{step:int}", Download).WithSummary("A checkpoint's safetensors file.")
            .Produces<FileContentHttpResult>(200, "application/octet-stream");
    }

    private static async Task<Results<Accepted<JobView>, ProblemHttpResult>> Train(
        string concept, TrainingSettings body, CommandId id, CurrentTenant tenant)
    {
        if (Refuse(body) is { } problem) return problem;
        return JobsApi.Submitted(await tenant.Concept(concept).Train(id.Value, body), "concept", concept);
    }

    private static ProblemHttpResult? Refuse(TrainingSettings settings) =>
        Bounds.Check("steps", settings.Steps, 1, 100_000)
        ?? Bounds.Check("batchSize", settings.BatchSize, 1, 64)
        ?? Bounds.Check("seed", settings.Seed, 0, long.MaxValue)
        ?? Bounds.Check("embeddingLearningRate", settings.EmbeddingLearningRate, 0, 1)
        ?? Bounds.Check("blockLearningRate", settings.BlockLearningRate, 0, 1)
        ?? Bounds.Check("regularizationWeight", settings.RegularizationWeight, 0, 1000)
        ?? Bounds.CheckTokenMerging(settings.TokenMerging)
        ?? (settings.Method is { } method && !_methods.Contains(method)
            ? Problem.Field("method", $"There is no method '{method}'; known: {string.Join(", ", _methods)}.")
            : null);

    private static async Task<Results<Ok<CheckpointList>, ProblemHttpResult>> List(string concept, CurrentTenant tenant) =>
        await tenant.Concept(concept).Get() is { } view
            ? TypedResults.Ok(new CheckpointList([.. view.Checkpoints.Select(c => CheckpointResponse.Of(concept, c))], view.DefaultStep))
            : Problem.NotFound("concept", concept);

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> Download(
        string concept, int step, CurrentTenant tenant, IBlobStore blobs, CancellationToken cancellationToken)
    {
        if (await tenant.Concept(concept).Get() is not { } view) return Problem.NotFound("concept", concept);
        if (view.Checkpoints.FirstOrDefault(c => c.Step == step) is not { } checkpoint
            || await blobs.ReadAsync(checkpoint.Blob, cancellationToken) is not { } blob)
            return Problem.NotFound("checkpoint", step.ToString());
        return TypedResults.File(
            blob.Content.ToArray(), "application/octet-stream", $"step-{step:D6}.safetensors", enableRangeProcessing: true,
            entityTag: new($"\"{checkpoint.Digest}\""));
    }
}

/// <param name="DefaultStep">The checkpoint that sampling uses when a request names none.</param>
internal sealed record CheckpointList(IReadOnlyList<CheckpointResponse> Checkpoints, int? DefaultStep);
