using ViCo.Grains.Models;
using ViCo.Options;

namespace ViCo.Grains.Concepts;

/// <summary>What a training or a drawing may be told: the options there are, and the base models that were seen.</summary>
internal sealed record Choices(OptionCatalog Options, ModelShelf Models)
{
    /// <summary>What fills in what a drawing's request leaves open.</summary>
    public async Task<SamplingResolution.Known> OfDrawingsAsync() => new(Options.Sampling, await Models.ListAsync());
}
