using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Grains.Gpus;

namespace ViCo.Gateway.Models;

/// <summary>What the workers draw with.</summary>
internal static class ModelsApi
{
    public static void MapModels(this IEndpointRouteBuilder routes) => routes.MapGet("/models", List).WithTags("Models")
        .WithSummary("The base models of the workers that are there, and the sizes of the pictures that each draws.");

    private static async Task<Ok<ModelList>> List(IGrainFactory grains)
    {
        var status = await grains.GetGrain<IGpuQueueGrain>(IGpuQueueGrain.DefaultPool).GetStatus();
        return TypedResults.Ok(new ModelList([.. status.Workers.SelectMany(ModelResponse.Of).Distinct()]));
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
