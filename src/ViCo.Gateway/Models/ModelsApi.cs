using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Gpus;
using ViCo.Grains.Models;
using ViCo.Grains.Tenants;
using ViCo.Text;

namespace ViCo.Gateway.Models;

/// <summary>What the workers draw with.</summary>
internal static class ModelsApi
{
    private const int MaxText = 1000;

    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/models").WithTags("Models").Needs(Grants.ModelsRead);
        group.MapRead("/", List)
            .WithSummary("The base models of the workers that are there, and the sizes of the pictures that each draws.");
        group.MapRead("/{model}/tokens", Tokens, "text")
            .WithSummary("How a base model, by name or digest, reads a text: an init word should be one token, a prompt at most 75.");
    }

    private static async Task<Ok<ModelList>> List(IGrainFactory grains)
    {
        var workers = await grains.GetGrain<IGpuQueueGrain>(IGpuQueueGrain.DefaultPool).GetWorkers();
        return TypedResults.Ok(new ModelList([.. workers.SelectMany(ModelResponse.Of).Distinct()]));
    }

    private static async Task<Results<Ok<TokensResponse>,
    ProblemHttpResult>> Tokens(string model, ModelShelf models, Tokenizers tokenizers, string text = "")
    {
        if (text.Trim().Length is 0 or > MaxText)
            return Problem.Field("text", $"Field 'text' has {text.Trim().Length} characters; wanted: 1 to {MaxText}.");
        if (await models.FindAsync(model) is not { } known) return Problem.NotFound("model", model);
        if (await tokenizers.FindAsync(known) is not { } tokenizer)
            return Problem.Of(404, "tokenizer_not_found", $"The workers of base model '{known.Name}' have not told how it reads texts.");
        var count = tokenizer.Tokenize(text.Trim()).Count;
        return TypedResults.Ok(
            new TokensResponse(known.Name, known.Digest, count, tokenizer.MaxLength - 2,
            InitWordAdvice.On(text.Trim(), count, known.Name)));
    }
}

internal sealed record ModelList(IReadOnlyList<ModelResponse> Models);

/// <param name="ImageSize">Side in pixels that the model was trained at: that of pictures for which no size is asked.</param>
/// <param name="SizeMultiple">Width and height are multiples of it.</param>
/// <param name="MaxPixels">Largest width × height.</param>
internal sealed record ModelResponse(string Name, int ImageSize, int SizeMultiple, long MaxPixels)
{
    public static IEnumerable<ModelResponse> Of(WorkerInfo worker) =>
        worker.Sizes is { } sizes ? [new(worker.BaseModel, sizes.Native, sizes.Multiple, sizes.MaxPixels)] : [];
}

/// <param name="Model">The base model's name.</param>
/// <param name="Tokens">How many the text is to it.</param>
/// <param name="MaxTokens">Of a prompt; what is beyond is not read.</param>
/// <param name="Advice">Why another init word may do better, or null.</param>
internal sealed record TokensResponse(string Model, string Digest, int Tokens, int MaxTokens, string? Advice);
