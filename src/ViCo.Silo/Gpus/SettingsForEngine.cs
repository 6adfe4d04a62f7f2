using ViCo.Engine;
using ViCo.Options;

namespace ViCo.Silo.Gpus;

/// <summary>What of an engine the options of jobs depend on.</summary>
internal static class SettingsForEngine
{
    /// <summary>What the engine draws with where a request leaves it open.</summary>
    public static OptionValues Sampling(EngineInfo engine, OptionList options)
    {
        var size = OptionValues.None.With(SamplingOption.Width, engine.ImageSize).With(SamplingOption.Height, engine.ImageSize);
        var values = Filled(options, engine.Sampling.Over(size));
        return values.Has(SamplingOption.ImageGuidance) ? values : values.With(SamplingOption.PublishedGuidance, true);
    }

    /// <summary>What the engine learns with where a request leaves it open.</summary>
    public static OptionValues Training(EngineInfo engine, OptionList options) => Filled(options, engine.Training);

    private static OptionValues Filled(OptionList options, OptionValues own) => new OptionList(options.Where(o => o.FromModel)).Filled(own);
}
