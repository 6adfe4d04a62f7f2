using ViCo.Engine.Models;
using ViCo.Options;

namespace ViCo.Engine.Diffusion;

/// <summary>The samplers by the names that requests use.</summary>
internal static class Samplers
{
    /// <exception cref="ArgumentException">So many steps do not fit the schedule; the message says how many do.</exception>
    public static ISampler Create(OptionValues options, NoiseSchedule schedule)
    {
        return options.Get(SamplingOption.Sampler) switch
        {
            SamplingOption.Ddim => new Ddim(schedule, Whole(), options.Get(SamplingOption.Eta)),
            SamplingOption.Plms => new Plms(schedule, Whole()),
            SamplingOption.DpmSolver => new DpmSolver(Levels(options, schedule)),
            SamplingOption.Euler => new Euler(Levels(options, schedule)),
            SamplingOption.EulerAncestral => new EulerAncestral(Levels(options, schedule)),
            var other => throw new ArgumentException($"There is no sampler '{other}'."),
        };

        int[] Whole()
        {
            var (spacing, steps) = (options.Get(SamplingOption.Spacing), options.Get(SamplingOption.SamplingSteps));
            return [.. TimestepTable.ToTheEnd(schedule, spacing, steps).Select(t => (int)Math.Round(t))];
        }
    }

    /// <summary>The noise levels of a sampler that steps through them.</summary>
    public static NoiseLevels Levels(OptionValues options, NoiseSchedule schedule)
    {
        var solver = options.Get(SamplingOption.Sampler) == SamplingOption.DpmSolver;
        var (spacing, steps) = (options.Get(SamplingOption.Spacing), options.Get(SamplingOption.SamplingSteps));
        if (spacing == SamplingOption.Karras) return NoiseLevels.Karras(schedule, steps, whole: solver);
        var timesteps = solver
            ? TimestepTable.AboveTheEnd(schedule, spacing, steps)
            : TimestepTable.ToTheEnd(schedule, spacing, steps);
        return NoiseLevels.At(schedule, timesteps, fromTop: spacing is SamplingOption.Linspace or SamplingOption.Trailing);
    }
}
