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
        group.MapPost("/", Create).WithSummary("Creates a concept: one object to learn, or up to four together.").Small();
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
        if (body.InitWord is null && body.Objects is null)
            return Problem.Of(400, "invalid_json", "A required field is missing; wanted: name, and initWord or, for several, objects.");
        if (body.InitWord is not null && body.Objects is not null)
            return Problem.Field("objects", "Fields 'initWord' and 'objects' exclude each other; wanted one of them.");
        string[] initWords = [.. (body.Objects?.Select(o => o?.InitWord ?? "") ?? [body.InitWord!]).Select(word => word.Trim())];
        if (initWords.Length is 0 or > ConceptSpec.MaxObjects)
            return Problem.Field("objects", $"{initWords.Length} objects; wanted 1 to {ConceptSpec.MaxObjects}.");
        if (initWords.FirstOrDefault(word => word.Length is 0 or > MaxInitWord || !word.All(c => char.IsLetterOrDigit(c) || c is '-' or '\'' or ' ')) is { } odd)
            return Problem.Field("initWord", $"The init word is '{odd}'; wanted: a word or two that say what kind of thing it is, such as 'teapot'.");

        var grain = tenant.Concept(id.Value);
        var outcome = await grain.Create(new(name, initWords[0], clock.GetUtcNow(), initWords.Length == 1 ? null : initWords[1..]));
        var concept = await tenant.Concept(id.Value).Get();
        // A repeat of a lost call comes with a later creation time: the same concept all the same.
        return concept is not null && (outcome == Outcome.Done || (concept.Name == name && concept.InitWords.SequenceEqual(initWords)))
            ? TypedResults.Created($"/concepts/{id}", ConceptResponse.Of(concept))
            : Problem.Conflict("concept_conflict", $"Concept '{id}' exists already with another name or other init words.");
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
/// <param name="Objects">In place of <c>initWord</c>: 1 to 4 objects to learn together. Number k of them is <c>&lt;k&gt;</c> in prompts where there are several.</param>
internal sealed record CreateConcept(string Name, string? InitWord = null, IReadOnlyList<ConceptObject?>? Objects = null);

/// <param name="InitWord">One word near the object's class.</param>
internal sealed record ConceptObject(string InitWord);

internal sealed record ConceptList(IReadOnlyList<ConceptResponse> Concepts);

/// <summary>A concept as callers see it: addresses in place of blob names.</summary>
/// <param name="InitWord">Of the first object.</param>
internal sealed record ConceptResponse(
    string Id, string Name, string InitWord, DateTimeOffset Created, IReadOnlyList<PhotoResponse> Photos,
    IReadOnlyList<CheckpointResponse> Checkpoints, int? DefaultStep, string? TrainingJob, IReadOnlyList<ConceptObject> Objects)
{
    public static ConceptResponse Of(ConceptView concept) => new(
        concept.Id, concept.Name, concept.InitWord, concept.Created,
        [.. concept.Photos.Select(photo => PhotoResponse.Of(concept.Id, photo))],
        [.. concept.Checkpoints.Select(checkpoint => CheckpointResponse.Of(concept.Id, checkpoint))],
        concept.DefaultStep, concept.TrainingJob, [.. concept.InitWords.Select(word => new ConceptObject(word))]);
}

/// <param name="Object">Number of the concept's object that it shows.</param>
internal sealed record PhotoResponse(string Id, string Name, int Width, int Height, long Bytes, IReadOnlyList<string> Warnings, string Url, int Object)
{
    public static PhotoResponse Of(string conceptId, Photo photo) =>
        new(photo.Id, photo.Name, photo.Width, photo.Height, photo.Bytes, photo.Warnings, $"/concepts/{conceptId}/photos/{photo.Id}", photo.ObjectIndex + 1);
}

internal sealed record CheckpointResponse(int Step, string Digest, long Bytes, string JobId, DateTimeOffset Created, string Url)
{
    public static CheckpointResponse Of(string conceptId, Checkpoint checkpoint) => new(
        checkpoint.Step, checkpoint.Digest, checkpoint.Bytes, checkpoint.JobId, checkpoint.Created,
        $"/concepts/{conceptId}/checkpoints/{checkpoint.Step}");
}
