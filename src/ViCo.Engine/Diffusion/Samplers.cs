using ViCo.Engine.Models;
using ViCo.Options;

namespace ViCo.Engine.Diffusion;

/// <summary>The samplers by the names that requests use.</summary>
internal static class Samplers
{
    /// <exception cref="ArgumentException">So many steps do not fit the schedule; the message says how many do.</exception>
    public static ISampler Create(SamplingOptions options, NoiseSchedule schedule)
    {
        return options.Sampler switch
        {
            SamplingOption.Ddim => new Ddim(schedule, Whole(), options.Eta),
            SamplingOption.Plms => new Plms(schedule, Whole()),
            SamplingOption.DpmSolver => new DpmSolver(Levels(options, schedule)),
            SamplingOption.Euler => new Euler(Levels(options, schedule)),
            SamplingOption.EulerAncestral => new EulerAncestral(Levels(options, schedule)),
            var other => throw new ArgumentException($"There is no sampler '{other}'."),
        };

        int[] Whole() => [.. TimestepTable.ToTheEnd(schedule, options.Spacing, options.Steps).Select(t => (int)Math.Round(t))];
    }

    /// <summary>The noise levels of a sampler that steps through them.</summary>
    public static NoiseLevels Levels(SamplingOptions options, NoiseSchedule schedule)
    {
        var solver = options.Sampler == SamplingOption.DpmSolver;
        if (options.Spacing == SamplingOption.Karras) return NoiseLevels.Karras(schedule, options.Steps, whole: solver);
        var timesteps = solver
            ? TimestepTable.AboveTheEnd(schedule, options.Spacing, options.Steps)
            : TimestepTable.ToTheEnd(schedule, options.Spacing, options.Steps);
        return NoiseLevels.At(schedule, timesteps, fromTop: options.Spacing is SamplingOption.Linspace or SamplingOption.Trailing);
    }
}
