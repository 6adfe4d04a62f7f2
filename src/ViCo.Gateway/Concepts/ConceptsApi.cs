using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Concepts;
using ViCo.Grains.Indexes;
using ViCo.Grains.Tenants;
using ViCo.Options;

namespace ViCo.Gateway.Concepts;

/// <summary>Concepts: create, list, look, change, delete.</summary>
internal static class ConceptsApi
{
    internal const int MaxName = 80, MaxInitWord = 40, MaxTags = 16, MaxTag = 40, MaxMetadata = 16, MaxValue = 500;

    public static void MapConcepts(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/concepts").WithTags("Concepts").Needs(Grants.ConceptsRead);
        group.MapPost("/", Create).Needs(Grants.ConceptsWrite)
            .WithSummary("Creates a concept: one object to learn, or up to four together.").Small().Knows();
        group.MapRead("/", List, PageRequest.OfConcepts)
            .WithSummary("The tenant's concepts, newest first, page by page; by user, tag or age.");
        group.MapRead("/{concept:id}", Get).WithSummary("A concept with its photos and checkpoints.");
        group.MapPatch("/{concept:id}", Change).Needs(Grants.ConceptsWrite)
            .WithSummary("Changes what is given: name, tags, metadata, the default checkpoint; before the first training the init words.")
                .Small().Knows();
        group.MapDelete("/{concept:id}", Delete).Needs(Grants.ConceptsWrite)
            .WithSummary("Deletes a concept with its photos, checkpoints and pictures.").Knows();
    }

    private static async Task<Results<Created<ConceptResponse>, ProblemHttpResult>> Create(
        CreateConcept body, CommandId id, CurrentTenant tenant, TimeProvider clock) =>
        await CreateAsync(body, id, tenant, clock) is (var problem, var concept) && concept is not null
            ? TypedResults.Created($"/concepts/{id}", ConceptResponse.Of(concept)) : problem!;

    /// <summary>The concept, made now or by the same command before; or why not.</summary>
    public static async Task<(ProblemHttpResult? Problem, ConceptView? Concept)> CreateAsync(
        CreateConcept body, CommandId id, CurrentTenant tenant, TimeProvider clock)
    {
        var name = body.Name.Trim();
        string[] initWords = [.. (body.Objects?.Select(o => o?.InitWord ?? "") ?? [body.InitWord ?? ""]).Select(word => word.Trim())];
        List<OptionProblem?> problems =
        [
            NameProblem(name), EndUser.ProblemOf(body.User) is { } user ? new("user", user) : null, TagProblem(body.Tags),
            MetadataProblem(body.Metadata),
            (body.InitWord, body.Objects) switch
            {
                (null, null) =>
                    new("initWord", "Field 'initWord' is missing; wanted: it or, for several objects, 'objects'.", OptionFault.Missing),
                (not null, not null) => new("objects", "Fields 'initWord' and 'objects' exclude each other; wanted: one of them."),
                _ => WordProblem(initWords),
            },
        ];
        if (Problem.Fields([.. problems.OfType<OptionProblem>()]) is { } problem) return (problem, null);

        var grain = tenant.Concept(id.Value);
        var outcome = await grain.Create(new(name, initWords[0], clock.GetUtcNow(), initWords.Length == 1 ? null : initWords[1..])
        {
            User = body.User, Tags = body.Tags ?? [], Metadata = body.Metadata ?? new Dictionary<string, string>(),
        });
        var concept = await tenant.Concept(id.Value).Get();
        // A repeat of a lost call comes with a later creation time: the same concept all the same.
        return concept is not null && (outcome == Outcome.Done || (concept.Name == name && concept.InitWords.SequenceEqual(initWords)))
            ? (null, concept)
            : (Problem.Conflict("concept_conflict", $"Concept '{id}' exists already with another name or other init words."), null);
    }

    private static async Task<Results<Ok<ConceptResponse>, ProblemHttpResult>> Get(string concept, CurrentTenant tenant) =>
        await tenant.Concept(concept).Get() is { } view ? TypedResults.Ok(ConceptResponse.Of(view)) : Problem.NotFound("concept", concept);

    private static async Task<Results<Ok<ConceptList>, ProblemHttpResult>> List(HttpRequest request, CurrentTenant tenant)
    {
        var (page, problem) = PageRequest.Read(request);
        if (page is null) return problem!;
        try
        {
            var found = await tenant.Index(IndexKeys.Concepts(tenant.Id)).Read(page.Query);
            return TypedResults.Ok(new ConceptList([.. found.Concepts.Select(ConceptResponse.Of)], found.Next, DamagedItem.Of(found)));
        }
        catch (ArgumentException)
        {
            return PageRequest.BadCursor(page.Cursor);
        }
    }

    private static async Task<Results<Ok<ConceptResponse>,
    ProblemHttpResult>> Change(string concept, ChangeConcept body, CurrentTenant tenant)
    {
        string[]? words = body.InitWord is { } one ? [one.Trim()] : body.Objects is { } objects
            ? [.. objects.Select(o => (o?.InitWord ?? "").Trim())] : null;
        List<OptionProblem?> problems =
        [
            body.Name is { } name ? NameProblem(name.Trim()) : null, TagProblem(body.Tags), MetadataProblem(body.Metadata),
            body is { InitWord: not null, Objects: not null }
                ? new("objects", "Fields 'initWord' and 'objects' exclude each other; wanted: one of them.")
                : words is null ? null : WordProblem(words),
            body is { Default: not null, Pinned: false }
                ? new("pinned", "Fields 'default' and 'pinned: false' exclude each other; wanted: one of them.") : null,
        ];
        if (Problem.Fields([.. problems.OfType<OptionProblem>()]) is { } problem) return problem;

        var choice = body.Default;
        if (body is { Pinned: true, Default: null })
        {
            if (await tenant.Concept(concept).FindCheckpoint(null) is not { } now)
            {
                return await tenant.Concept(concept).Get() is null ? Problem.NotFound("concept", concept)
                    : Problem.Conflict("not_possible_now", $"Concept '{concept}' has no checkpoint to pin yet.");
            }
            choice = new(now.Run, now.Step);
        }
        var result = await tenant.Concept(concept)
            .Change(new(body.Name?.Trim(), words, body.Tags, body.Metadata, choice, body.Pinned == false));
        return Problem.Of(result) is { } refused ? refused : await Get(concept, tenant);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(string concept, CurrentTenant tenant) =>
        await tenant.Concept(concept).Delete() == Outcome.Done ? TypedResults.NoContent() : Problem.NotFound("concept", concept);

    private static OptionProblem? NameProblem(string name) => name.Length is 0 or > MaxName || name.Any(char.IsControl)
        ? new OptionProblem("name",
            $"A concept's name has {name.Length} characters; wanted: 1 to {MaxName}, none of them a control character.")
        : ReadableText.FaultOfName(name) is { } fault ? new("name", $"A concept's name {fault}.") : null;

    private static OptionProblem? TagProblem(IReadOnlyList<string>? tags) =>
        tags is null ? null
        : tags.Count > MaxTags ? new OptionProblem("tags", $"{tags.Count} tags came; wanted: at most {MaxTags}.")
        : tags.FirstOrDefault(tag => tag is null or { Length: 0 or > MaxTag } || tag.Any(char.IsControl)) is { } odd
            ? new("tags", $"Tag '{odd}' has {odd.Length} characters; wanted: 1 to {MaxTag}, none of them a control character.")
        : tags.Select(ReadableText.FaultOfName).FirstOrDefault(fault => fault is not null) is { } fault ? new("tags", $"A tag {fault}.")
        : tags.Distinct().Count() < tags.Count ? new("tags", "A tag came twice; wanted: each once.")
        : null;

    private static OptionProblem? MetadataProblem(IReadOnlyDictionary<string, string>? metadata) =>
        metadata is null ? null
        : metadata.Count > MaxMetadata ? new OptionProblem("metadata", $"{metadata.Count} members came; wanted: at most {MaxMetadata}.")
        : metadata.FirstOrDefault(m => m.Key.Length is 0 or > MaxTag || m.Value is null or { Length: > MaxValue }) is { Key: { } key }
            ? new("metadata", $"Member '{key}' cannot be kept; wanted: names of 1 to {MaxTag} characters, texts of at most {MaxValue}.")
        : metadata.Select(m => ReadableText.FaultOfName(m.Key) ?? ReadableText.FaultOf(m.Value)).FirstOrDefault(fault => fault is not null)
            is { } unreadable ? new("metadata", $"A member's name or text {unreadable}.")
        : null;

    private static OptionProblem? WordProblem(string[] initWords) =>
        initWords.Length is 0 or > ConceptSpec.MaxObjects
            ? new OptionProblem("objects", $"{initWords.Length} objects; wanted 1 to {ConceptSpec.MaxObjects}.")
        : initWords.FirstOrDefault(word => word.Length is 0
            or > MaxInitWord || !word.All(c => char.IsLetterOrDigit(c) || c is '-' or '\'' or ' ')) is { } odd
            ? new("initWord", $"The init word is '{odd}'; wanted: a word or two that say what kind of thing it is, such as 'teapot'.")
        : null;
}
