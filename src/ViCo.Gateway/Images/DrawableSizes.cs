using ViCo.Grains.Gpus;
using ViCo.Options;

namespace ViCo.Gateway.Images;

/// <summary>Whether some worker draws pictures of a size: what none draws is refused at once, not by a job that fails later.</summary>
internal sealed class DrawableSizes(IGrainFactory grains)
{
    /// <summary>
    /// What is wrong with width and height for every base model that is there; nothing where no worker says what it draws.
    /// </summary>
    public async Task<IReadOnlyList<OptionProblem>> CheckAsync(OptionValues values)
    {
        if (Side(values, SamplingOption.Width) is not { } width || Side(values, SamplingOption.Height) is not { } height
            || (width, height) == (0, 0)) return [];
        var workers = await grains.GetGrain<IGpuQueueGrain>(IGpuQueueGrain.DefaultPool).GetWorkers();
        var sizes = workers.Select(worker => worker.Sizes).OfType<PictureSizes>().Distinct().ToList();
        if (sizes.Count == 0 || sizes.Any(size => Pixels(size) <= size.MaxPixels)) return [];
        var largest = sizes.MaxBy(size => size.MaxPixels)!;
        var asked = $"{(width == 0 ? largest.Native : width)} × {(height == 0 ? largest.Native : height)} px";
        return [new(width == 0 ? SamplingOption.Height.Name : SamplingOption.Width.Name,
            $"A picture of {asked} is larger than any base model here draws; wanted: at most {largest.MaxPixels} pixels (GET /models).")];

        long Pixels(PictureSizes size) => (width == 0 ? size.Native : width) * (height == 0 ? size.Native : height);
    }

    /// <summary>0: not asked for. Null: no size at all, which is another check's to say.</summary>
    private static long? Side(OptionValues values, OptionSpec side) => values.Find(side.Name) switch
    {
        null => 0,
        { } value => side.Accept(value) is { } accepted ? Convert.ToInt64(accepted, System.Globalization.CultureInfo.InvariantCulture)
            : null,
    };
}
