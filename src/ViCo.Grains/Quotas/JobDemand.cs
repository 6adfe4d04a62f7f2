using ViCo.Grains.Jobs;
using ViCo.Grains.Models;
using ViCo.Options;

namespace ViCo.Grains.Quotas;

/// <summary>What a job asks of the devices.</summary>
/// <param name="Job">Its id.</param>
/// <param name="User">The end user it is for, or null.</param>
/// <param name="Work">As <see cref="TenantQuotas.LargestJob"/> counts.</param>
[GenerateSerializer, Immutable, Alias("vico.job-demand")]
public sealed record JobDemand([property: Id(0)] string Job, [property: Id(1)] string? User, [property: Id(2)] double Work)
{
    // Where no worker has told of a base model yet.
    private const int UsualSide = 512;

    /// <param name="model">The base model that it will work with, as far as one can know; null: none was told of.</param>
    public static JobDemand Of(string job, JobSpec spec, ModelInfo? model)
    {
        var side = model?.Sizes.Native ?? UsualSide;
        return new(job, spec.User, spec switch
        {
            TrainingJob training => Asked(training.Settings.Options, TrainingOption.Steps, model?.Training)
                * Asked(training.Settings.Options, TrainingOption.BatchSize, model?.Training) * side * side,
            SamplingJob sampling => (double)(sampling.Rerun is null ? sampling.Settings.Count : 1)
                * Asked(sampling.Settings.Options, SamplingOption.SamplingSteps, model?.Sampling)
                * (sampling.Settings.Options.Find(SamplingOption.Width.Name) as long? ?? side)
                * (sampling.Settings.Options.Find(SamplingOption.Height.Name) as long? ?? side),
            _ => 0,
        });
    }

    private static double Asked(OptionValues asked, Option<int> option, OptionValues? ofModel) =>
        asked.Find(option.Name) as long? ?? ofModel?.Find(option.Name) as long? ?? option.Default;
}
