using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Images;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Concepts;
using ViCo.Grains.Indexes;
using ViCo.Grains.Tenants;
using ViCo.Options;

namespace ViCo.Gateway.OpenAi;

/// <summary>OpenAI's images API, for clients that know it: a trained concept is a model.</summary>
internal static class OpenAiApi
{
    public const string Root = "/v1";

    /// <summary>The job that an answer comes from; also sent as <c>X-Request-Id</c>, which OpenAI's clients show.</summary>
    public const string JobHeader = "Vico-Job";

    // Clients of models know no pages: the newest are listed.
    private const int MaxModels = 1000, PageOfModels = 200;

    public static void AddViCoOpenAi(this IServiceCollection services)
    {
        services.AddSingleton<IProblemDetailsWriter, OpenAiErrors>();
        services.AddSingleton<GenerationAnswers>();
    }

    public static void MapOpenAi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Root).WithTags("OpenAI").Needs(Grants.ConceptsRead);
        group.MapRead("/models", List).WithSummary("The tenant's trained concepts as OpenAI's clients list models, newest first.");
        group.MapRead("/models/{concept:id}", Get).WithSummary("A trained concept as a model.");
        group.MapPost("/images/generations", Generate).Needs(Grants.ImagesWrite)
            .WithSummary(
                "Draws pictures as OpenAI's images API does; 'model' is a trained concept. The headers, with the job's id, come at once.")
            .Produces<GenerationAnswer>().Small().Knows().WithMetadata(new RepeatsItself());
        group.MapPost("/images/edits", RefuseToEdit).Needs(Grants.ImagesWrite).ExcludeFromDescription().Knows();
        group.MapPost("/images/variations", RefuseToEdit).Needs(Grants.ImagesWrite).ExcludeFromDescription().Knows();
    }

    private static async Task<Ok<ModelCards>> List(CurrentTenant tenant)
    {
        List<ModelCard> cards = [];
        string? cursor = null;
        do
        {
            var page = await tenant.Index(IndexKeys.Concepts(tenant.Id)).Read(new(PageOfModels, cursor));
            cards.AddRange(page.Concepts.Where(concept => concept.DefaultStep is not null).Select(ModelCard.Of));
            cursor = page.Next;
        }
        while (cursor is not null && cards.Count < MaxModels);
        return TypedResults.Ok(new ModelCards("list", [.. cards.Take(MaxModels)]));
    }

    private static async Task<Results<Ok<ModelCard>, ProblemHttpResult>> Get(string concept, CurrentTenant tenant) =>
        await tenant.Concept(concept).Get() is { DefaultStep: not null } view ? TypedResults.Ok(ModelCard.Of(view)) : NoModel(concept);

    private static async Task<IResult> Generate(
        OpenAiRequest body, HttpContext context, OptionCatalog catalog, CommandId id, CurrentTenant tenant, GenerationAnswers answers)
    {
        var (request, problem) = body.Checked(catalog);
        if (request is null) return problem!;
        if (!IdConstraint.Fits(request.Concept) || await tenant.Concept(request.Concept).Get() is not { } concept) return NoModel(
            request.Concept);
        if (concept.DefaultStep is null && concept.Checkpoints.Count == 0)
            return NoModel(request.Concept, $"Concept '{request.Concept}' has no checkpoint yet: train it first.");

        var sample = request.ToSample(catalog, ObjectPlace.In(request.Prompt, concept.InitWords, concept.Name));
        if (Problem.Fields(SampleRequest.Fields(catalog).Check(sample.Values)) is { } odd) return odd;
        var result = await tenant.Concept(request.Concept)
            .Sample(id.Value, sample.Settings(id), EndUser.Of(sample.Values), request.PartialImages);
        if (result is { Problem: null, Job: { } job })
        {
            await answers.WriteAsync(context, tenant, job, request);
            return TypedResults.Empty;
        }
        if (!result.NotFound && context.Features.Get<IdempotentCall>() is not null && await tenant.Job(id.Value).Get() is not null)
            return IdempotencyKeys.Reused();
        return Jobs.JobsApi.Submitted(result, "model", request.Concept).Result switch
        {
            ProblemHttpResult refusal => refusal,
            var other => (IResult)other,
        };
    }

    private static ProblemHttpResult RefuseToEdit() => Problem.Of(
        StatusCodes.Status400BadRequest, "not_supported",
        $"ViCo does not edit pictures: it draws what it learned from photos. POST {Root}/images/generations with a trained concept as "
            + $"model.");

    private static ProblemHttpResult NoModel(string id, string? why = null) => Problem.Of(
        StatusCodes.Status404NotFound, "model_not_found", why ?? $"There is no model '{id}'; GET {Root}/models lists the trained concepts.",
        new Dictionary<string, object?> { ["field"] = OpenAiRequest.Model.Name });
}
