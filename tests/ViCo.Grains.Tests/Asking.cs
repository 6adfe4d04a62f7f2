using ViCo.Grains.Jobs;
using ViCo.Options;

namespace ViCo.Grains.Tests;

/// <summary>Settings in a word.</summary>
internal static class Asking
{
    public static TrainingSettings Steps(int steps) => new(OptionValues.None.With(TrainingOption.Steps, steps));

    public static SamplingSettings Pictures(string prompt, int count, long seed = 42, int? samplingSteps = null)
    {
        var options = OptionValues.None.With(SamplingOption.Count, count).With(SamplingOption.Seed, seed);
        return new(prompt, samplingSteps is { } steps ? options.With(SamplingOption.SamplingSteps, steps) : options);
    }
}
