using System.ComponentModel;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using ViCo.Gateway.Concepts;
using ViCo.Gateway.Photos;
using ViCo.Gateway.Problems;
using ViCo.Grains.Concepts;
using ViCo.Grains.Indexes;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Mcp;

/// <summary>Tools that list and make concepts.</summary>
[McpServerToolType]
internal sealed class ConceptTools(
    IHttpContextAccessor accessor, IGrainFactory grains, TimeProvider clock, PhotoUpload upload, SentPhotos sent)
{
    public const string KeyHelp =
        "Any text of your own: the same key never makes the same thing twice, so a call that got no answer may be repeated.";

    private readonly McpCall _call = McpCall.Of(accessor, grains);

    [Needs(Grants.ConceptsRead)]
    [McpServerTool(Name = "list_concepts", ReadOnly = true, OpenWorld = false),
        Description("The concepts there are, newest first, and whether each is trained and can be drawn.")]
    public async Task<CallToolResult> List(
        [Description("How many, 1 to 50.")] int limit = 20, [Description("The 'next' of the page before.")] string? cursor = null)
    {
        if (Bounds.Check<int>("limit", limit, 1, 50) is { } problem) return McpAnswer.Refusal(problem);
        IndexPage page;
        try
        {
            page = await _call.Tenant.Index(IndexKeys.Concepts(_call.Tenant.Id)).Read(new(limit, cursor));
        }
        catch (ArgumentException)
        {
            return McpAnswer.Refusal(Lists.PageRequest.BadCursor(cursor));
        }
        return McpAnswer.Of(new McpConceptList([.. page.Concepts.Select(McpConcept.Of)], page.Next), GatewayJson.Default.McpConceptList);
    }

    [Needs(Grants.ConceptsWrite)]
    [McpServerTool(Name = "create_concept", Idempotent = true, Destructive = false, OpenWorld = false),
        Description("Makes a concept: an object to learn, with photos of it. 4 to 7 photos from different sides work best; train it next.")]
    public async Task<CallToolResult> Create(
        [Description("What people call it, such as 'Mary's teapot'.")] string name,
        [Description("One word that says what kind of thing it is, such as 'teapot'.")] string initWord,
        [Description("Photos of the object.")] IReadOnlyList<SentPhoto>? photos = null,
        [Description(KeyHelp)] string? key = null,
        CancellationToken cancellationToken = default)
    {
        var id = _call.Command("create_concept", key);
        var (problem, concept) = await ConceptsApi.CreateAsync(new(name, initWord), id, _call.Tenant, clock);
        if (concept is null) return McpAnswer.Refusal(problem!);
        return photos is { Count: > 0 } ? await AddAsync(concept, photos, cancellationToken)
            : McpAnswer.Of(McpConcept.Of(concept), GatewayJson.Default.McpConcept);
    }

    [Needs(Grants.ConceptsWrite)]
    [McpServerTool(Name = "add_photos", Idempotent = true, Destructive = false, OpenWorld = false),
        Description("Adds photos to a concept. All or none: one that cannot be used is named, and nothing is kept.")]
    public async Task<CallToolResult> Add(
        [Description("The concept's id.")] string concept, [Description("Photos of the object.")] IReadOnlyList<SentPhoto> photos,
        CancellationToken cancellationToken = default) =>
        IdConstraint.Fits(concept) && await _call.Tenant.Concept(concept).Get() is { } view
            ? await AddAsync(view, photos, cancellationToken) : McpAnswer.Refusal(Problem.NotFound("concept", concept));

    private async Task<CallToolResult> AddAsync(ConceptView concept, IReadOnlyList<SentPhoto> photos, CancellationToken cancellationToken)
    {
        var (files, odd) = await sent.ReadAsync(photos, _call.Here, _call.Tenant, cancellationToken);
        if (odd is not null) return McpAnswer.Refusal("invalid_photo", $"{odd} Concept '{concept.Id}' has {concept.Photos.Count} photos.");
        var (received, problem) = await upload.ReceiveAsync(files, _call.Tenant, concept, objectIndex: 0, cancellationToken);
        if (problem is not null) return McpAnswer.Refusal(problem);
        if (await upload.AddAsync(received, _call.Tenant, concept.Id) is { } refused) return McpAnswer.Refusal(refused);
        return await _call.Tenant.Concept(concept.Id).Get() is { } now
            ? McpAnswer.Of(McpConcept.Of(now), GatewayJson.Default.McpConcept)
            : McpAnswer.Refusal(Problem.NotFound("concept", concept.Id));
    }
}

/// <param name="Next">Cursor of the next page; null: there is no more.</param>
internal sealed record McpConceptList(IReadOnlyList<McpConcept> Concepts, string? Next);

/// <summary>A concept as a tool tells of it.</summary>
/// <param name="Trained">Whether it can be drawn.</param>
/// <param name="Checkpoint">What is drawn with unless a call says otherwise: <c>{run}:{step}</c>.</param>
/// <param name="Photos">Addresses of its photos.</param>
/// <param name="Training">Ticket of the newest training, or null.</param>
internal sealed record McpConcept(
    string Id, string Name, IReadOnlyList<string> InitWords, bool Trained, string? Checkpoint, IReadOnlyList<string> Photos,
    string? Training)
{
    public static McpConcept Of(ConceptView concept) => new(
        concept.Id, concept.Name, concept.InitWords, concept.DefaultStep is not null,
        concept.DefaultStep is { } step ? $"{concept.DefaultRun}:{step}" : null,
        [.. concept.Photos.Select(p => $"/concepts/{concept.Id}/photos/{p.Id}")], concept.TrainingJob);
}
