using ViCo.Engine;
using ViCo.Options;

namespace ViCo.Silo.Gpus;

/// <summary>What of an engine the options of jobs depend on.</summary>
internal static class SettingsForEngine
{
    /// <summary>What the engine draws with where a request leaves it open.</summary>
    public static OptionValues Defaults(EngineInfo engine)
    {
        var size = OptionValues.None.With(SamplingOption.Width, engine.ImageSize).With(SamplingOption.Height, engine.ImageSize);
        var values = new OptionList(SamplingOption.All.Where(o => o.FromModel)).Filled(engine.Sampling.Over(size));
        return values.Has(SamplingOption.ImageGuidance) ? values : values.With(SamplingOption.PublishedGuidance, true);
    }
}
