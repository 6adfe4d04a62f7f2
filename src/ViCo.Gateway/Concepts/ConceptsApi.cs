using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Concepts;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Concepts;

/// <summary>Concepts: create, list, look, delete.</summary>
internal static class ConceptsApi
{
    private const int MaxName = 80, MaxInitWord = 40, MaxListed = 100;

    public static void MapConcepts(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/concepts").WithTags("Concepts");
        group.MapPost("/", Create).WithSummary("Creates a concept: one object to learn.").Small();
        group.MapGet("/", List).WithSummary("The tenant's concepts, newest first.");
        group.MapGet("/{concept:id}", Get).WithSummary("A concept with its photos and checkpoints.");
        group.MapDelete("/{concept:id}", Delete).WithSummary("Deletes a concept with its photos, checkpoints and pictures.");
    }

    private static async Task<Results<Created<ConceptResponse>, ProblemHttpResult>> Create(
        CreateConcept body, CommandId id, CurrentTenant tenant, TimeProvider clock)
    {
        var name = body.Name.Trim();
        if (name.Length is 0 or > MaxName || name.Any(char.IsControl))
            return Problem.Field("name", $"A concept's name has {name.Length} characters; wanted: 1 to {MaxName}, none of them a control character.");
        var initWord = body.InitWord.Trim();
        if (initWord.Length is 0 or > MaxInitWord || !initWord.All(c => char.IsLetterOrDigit(c) || c is '-' or '\'' or ' '))
            return Problem.Field("initWord", $"The init word is '{initWord}'; wanted: a word or two that say what kind of thing it is, such as 'teapot'.");

        var grain = tenant.Concept(id.Value);
        var outcome = await grain.Create(new(name, initWord, clock.GetUtcNow()));
        var concept = await tenant.Concept(id.Value).Get();
        // A repeat of a lost call comes with a later creation time: the same concept all the same.
        return concept is not null && (outcome == Outcome.Done || (concept.Name == name && concept.InitWord == initWord))
            ? TypedResults.Created($"/concepts/{id}", ConceptResponse.Of(concept))
            : Problem.Conflict("concept_conflict", $"Concept '{id}' exists already with another name or init word.");
    }

    private static async Task<Results<Ok<ConceptResponse>, ProblemHttpResult>> Get(string concept, CurrentTenant tenant) =>
        await tenant.Concept(concept).Get() is { } view ? TypedResults.Ok(ConceptResponse.Of(view)) : Problem.NotFound("concept", concept);

    private static async Task<Ok<ConceptList>> List(CurrentTenant tenant)
    {
        var ids = await tenant.Tenant().List(IndexKind.Concept, MaxListed);
        var views = await Task.WhenAll(ids.Select(id => tenant.Concept(id).Get()));
        return TypedResults.Ok(new ConceptList([.. views.OfType<ConceptView>().Select(ConceptResponse.Of)]));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(string concept, CurrentTenant tenant) =>
        await tenant.Concept(concept).Delete() == Outcome.Done ? TypedResults.NoContent() : Problem.NotFound("concept", concept);
}

/// <param name="Name">Shown to people; 1 to 80 characters.</param>
/// <param name="InitWord">One word near the object's class, such as <c>teapot</c>.</param>
internal sealed record CreateConcept(string Name, string InitWord);

internal sealed record ConceptList(IReadOnlyList<ConceptResponse> Concepts);

/// <summary>A concept as callers see it: addresses in place of blob names.</summary>
internal sealed record ConceptResponse(
    string Id, string Name, string InitWord, DateTimeOffset Created, IReadOnlyList<PhotoResponse> Photos,
    IReadOnlyList<CheckpointResponse> Checkpoints, int? DefaultStep, string? TrainingJob)
{
    public static ConceptResponse Of(ConceptView concept) => new(
        concept.Id, concept.Name, concept.InitWord, concept.Created,
        [.. concept.Photos.Select(photo => PhotoResponse.Of(concept.Id, photo))],
        [.. concept.Checkpoints.Select(checkpoint => CheckpointResponse.Of(concept.Id, checkpoint))],
        concept.DefaultStep, concept.TrainingJob);
}

internal sealed record PhotoResponse(string Id, string Name, int Width, int Height, long Bytes, IReadOnlyList<string> Warnings, string Url)
{
    public static PhotoResponse Of(string conceptId, Photo photo) =>
        new(photo.Id, photo.Name, photo.Width, photo.Height, photo.Bytes, photo.Warnings, $"/concepts/{conceptId}/photos/{photo.Id}");
}

internal sealed record CheckpointResponse(int Step, string Digest, long Bytes, string JobId, DateTimeOffset Created, string Url)
{
    public static CheckpointResponse Of(string conceptId, Checkpoint checkpoint) => new(
        checkpoint.Step, checkpoint.Digest, checkpoint.Bytes, checkpoint.JobId, checkpoint.Created,
        $"/concepts/{conceptId}/checkpoints/{checkpoint.Step}");
}
