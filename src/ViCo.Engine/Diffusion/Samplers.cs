namespace ViCo.Engine.Diffusion;

/// <summary>The samplers by the names that requests use.</summary>
internal static class Samplers
{
    /// <exception cref="ArgumentException">So many steps do not fit the schedule; the message says how many do.</exception>
    public static ISampler Create(SamplingOptions options, NoiseSchedule schedule)
    {
        return options.Sampler switch
        {
            SamplingOptions.Ddim => new Ddim(schedule, Whole(), options.Eta),
            SamplingOptions.Plms => new Plms(schedule, Whole()),
            SamplingOptions.DpmSolver => new DpmSolver(Levels(options, schedule)),
            SamplingOptions.Euler => new Euler(Levels(options, schedule)),
            SamplingOptions.EulerAncestral => new EulerAncestral(Levels(options, schedule)),
            var other => throw new ArgumentException($"There is no sampler '{other}'."),
        };

        int[] Whole() => [.. TimestepTable.ToTheEnd(schedule, options.Spacing, options.Steps).Select(t => (int)Math.Round(t))];
    }

    /// <summary>The noise levels of a sampler that steps through them.</summary>
    public static NoiseLevels Levels(SamplingOptions options, NoiseSchedule schedule)
    {
        var solver = options.Sampler == SamplingOptions.DpmSolver;
        if (options.Spacing == SamplingOptions.Karras) return NoiseLevels.Karras(schedule, options.Steps, whole: solver);
        var timesteps = solver
            ? TimestepTable.AboveTheEnd(schedule, options.Spacing, options.Steps)
            : TimestepTable.ToTheEnd(schedule, options.Spacing, options.Steps);
        return NoiseLevels.At(schedule, timesteps, fromTop: options.Spacing is SamplingOptions.Linspace or SamplingOptions.Trailing);
    }
}
