using ViCo.Grains.Jobs;
using ViCo.Grains.Models;
using ViCo.Options;

namespace ViCo.Grains.Concepts;

/// <summary>What a training or a drawing may be told: the options there are, and the base models that were seen.</summary>
internal sealed record Choices(OptionCatalog Options, ModelShelf Models)
{
    /// <summary>What fills in what a drawing's request leaves open.</summary>
    public async Task<SamplingResolution.Known> OfDrawingsAsync() => new(Options.Sampling, await Models.ListAsync());

    /// <summary>The base model that a job will work with; where that is not known, the one last seen. Null: none was.</summary>
    public async Task<ModelInfo?> ModelOfAsync(JobSpec job)
    {
        var known = await Models.ListAsync();
        var digest = (job as SamplingJob)?.BaseDigest ?? (job as TrainingJob)?.BaseDigest;
        return known.FirstOrDefault(model => model.Digest == digest) ?? (known.Count > 0 ? known[0] : null);
    }
}
