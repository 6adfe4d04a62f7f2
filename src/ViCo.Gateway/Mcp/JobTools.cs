using System.ComponentModel;
using System.Text.Json;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using ViCo.Gateway.Images;
using ViCo.Gateway.Jobs;
using ViCo.Gateway.OpenAi;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Quotas;
using ViCo.Gateway.Training;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;
using ViCo.Options;

namespace ViCo.Gateway.Mcp;

/// <summary>Tools that train and draw: each answers at once with a ticket, and the ticket is waited for.</summary>
[McpServerToolType]
internal sealed class JobTools(
    IHttpContextAccessor accessor, IGrainFactory grains, OptionCatalog catalog, JobEventReader reader, PictureFiles files)
{
    private const int MostSeconds = 25, MostPictures = 8;

    private const string TicketHelp = "As train or draw answered it.";

    private readonly McpCall _call = McpCall.Of(accessor, grains);

    [Needs(Grants.ConceptsWrite)]
    [McpServerTool(Name = "train", Idempotent = true, Destructive = false, OpenWorld = false),
        Description("Starts to learn a concept from its photos and answers at once with a ticket for wait. Learning takes minutes.")]
    public async Task<CallToolResult> Train(
        [Description("The concept's id.")] string concept,
        [Description("Training steps; the base model's own number unless given.")] int? steps = null,
        [Description("Further options by name, as GET /options lists them.")] JsonElement? options = null,
        [Description(ConceptTools.KeyHelp)] string? key = null)
    {
        if (!TryRead(options, out var values)) return McpAnswer.Refusal("invalid_field", "options is no JSON object.");
        if (steps is { } asked) values = values.With(TrainingOption.Steps.Name, (long)asked);
        if (Problem.Fields(TrainingApi.Fields(catalog).Check(values)) is { } problem) return McpAnswer.Refusal(problem);
        if (!IdConstraint.Fits(concept)) return McpAnswer.Refusal(Problem.NotFound("concept", concept));
        var user = EndUser.Of(values);
        return Ticket(await _call.Tenant.Concept(concept).Train(
            _call.Command("train", key).Value, new(values.Without(EndUser.Field.Name)), origin: null, user), concept);
    }

    [Needs(Grants.ImagesWrite)]
    [McpServerTool(Name = "draw", Idempotent = true, Destructive = false, OpenWorld = false),
        Description("Starts to draw pictures of a trained concept and answers at once with a ticket for wait.")]
    public async Task<CallToolResult> Draw(
        [Description("The concept's id.")] string concept,
        [Description(
            "What to draw; * stands for the object, such as 'a photo of a * on the beach'. Without one, its init word or name gives "
            + "up its place.")] string prompt,
        [Description("Pictures to draw.")] int count = 1,
        [Description("Seed of the first picture; the same seed draws the same picture.")] long? seed = null,
        [Description("{run}:{step}, or a step, in place of the concept's checkpoint.")] string? checkpoint = null,
        [Description("Ids of photos of the concept to look at.")] IReadOnlyList<string>? references = null,
        [Description(
            "Further options by name, as GET /options lists them, such as {\"samplingSteps\": 30, \"width\": 512}.")] JsonElement? options =
            null,
        [Description(ConceptTools.KeyHelp)] string? key = null)
    {
        if (!TryRead(options, out var values)) return McpAnswer.Refusal("invalid_field", "options is no JSON object.");
        if (!IdConstraint.Fits(concept) || await _call.Tenant.Concept(concept).Get() is not { } view)
            return McpAnswer.Refusal(Problem.NotFound("concept", concept));

        values = values.With(SampleRequest.Concept, concept)
            .With(SampleRequest.Prompt, ObjectPlace.In(prompt.Trim(), view.InitWords, view.Name))
            .With(SamplingOption.Count, count);
        if (seed is { } first) values = values.With(SamplingOption.Seed, first);
        if (checkpoint is not null) values = values.With(SampleRequest.Checkpoint, checkpoint);
        if (references is { Count: > 0 }) values = values.With(SampleRequest.References, references);
        var body = new SampleRequest(values).Trimmed();
        if (Problem.Fields(SampleRequest.Fields(catalog).Check(body.Values)) is { } problem) return McpAnswer.Refusal(problem);
        var id = _call.Command("draw", key);
        return Ticket(await _call.Tenant.Concept(concept).Sample(id.Value, body.Settings(id), EndUser.Of(body.Values)), concept);
    }

    [Needs(Grants.JobsRead)]
    [McpServerTool(Name = "get_job", ReadOnly = true, OpenWorld = false), Description("Where a training or drawing stands now.")]
    public async Task<CallToolResult> Get([Description(TicketHelp)] string ticket) =>
        IdConstraint.Fits(ticket) && await _call.Tenant.Job(ticket).Get() is { } job
            ? McpAnswer.Of(JobTicket.Of(job), GatewayJson.Default.JobTicket) : McpAnswer.Refusal(Problem.NotFound("job", ticket));

    [Needs(Grants.JobsRead)]
    [McpServerTool(Name = "wait", ReadOnly = true, OpenWorld = false),
        Description(
        "Waits for a training or drawing, 25 seconds at most; while 'done' is false call it again. A finished drawing comes with its "
        + "pictures.")]
    public async Task<CallToolResult> Wait(
        [Description(TicketHelp)] string ticket, [Description("0 to 25.")] double seconds = MostSeconds,
        CancellationToken cancellationToken = default)
    {
        if (Bounds.Check<double>("seconds", seconds, 0, MostSeconds) is { } problem) return McpAnswer.Refusal(problem);
        if (!IdConstraint.Fits(ticket)
            || await reader.EndAsync(_call.Tenant, ticket, TimeSpan.FromSeconds(seconds), cancellationToken) is not { } job)
            return McpAnswer.Refusal(Problem.NotFound("job", ticket));
        List<ContentBlock> pictures = [];
        foreach (var image in job.Ended is null ? [] : job.Images.Take(MostPictures))
        {
            if (await files.ReadAsync(_call.Tenant, image, cancellationToken) is { } picture) pictures.Add(Content(picture));
        }
        return McpAnswer.Of(JobTicket.Of(job), GatewayJson.Default.JobTicket, pictures);
    }

    [Needs(Grants.ImagesRead)]
    [McpServerTool(Name = "get_picture", ReadOnly = true, OpenWorld = false),
        Description("A picture by its address or id: wait shows the first eight of a drawing.")]
    public async Task<CallToolResult> Picture([Description("/images/{id}, or the id alone.")] string image,
        CancellationToken cancellationToken = default)
    {
        var id = image[(image.LastIndexOf('/') + 1)..];
        return await files.ReadAsync(_call.Tenant, id, cancellationToken) is { } picture
            ? new() { Content = [Content(picture)] } : McpAnswer.Refusal(Problem.NotFound("image", id));
    }

    private static ImageContentBlock Content(ReadOnlyMemory<byte> picture) => ImageContentBlock.FromBytes(picture, "image/png");

    private static CallToolResult Ticket(SubmitResult result, string concept) => result is { Problem: null, Job: { } job }
        ? McpAnswer.Of(JobTicket.Of(job), GatewayJson.Default.JobTicket)
        : result.Quota is { } refusal ? McpAnswer.Refusal(QuotaAnswers.Of(refusal))
        : McpAnswer.Refusal(
            result.NotFound ? $"{result.What ?? "concept"}_not_found" : "not_possible_now", result.Problem
                ?? $"There is no concept '{concept}'.");

    private static bool TryRead(JsonElement? options, out OptionValues values)
    {
        values = OptionValues.None;
        if (options is not { ValueKind: not JsonValueKind.Null and not JsonValueKind.Undefined } json) return true;
        if (json.ValueKind != JsonValueKind.Object) return false;
        values = OptionValues.FromJson(json.GetRawText());
        return true;
    }
}
