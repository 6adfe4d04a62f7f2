using ViCo.Engine;
using ViCo.Engine.Diffusion;
using ViCo.Options;

namespace ViCo.Silo.Gpus;

/// <summary>What of an engine the options of jobs depend on.</summary>
internal static class SettingsForEngine
{
    /// <summary>What the engine draws with where a request leaves it open.</summary>
    public static OptionValues Defaults(EngineInfo engine)
    {
        var own = engine.Sampling;
        var values = OptionValues.None
            .With(SamplingOption.SamplingSteps, own.Get(SamplingOption.SamplingSteps)).With(SamplingOption.Guidance, own.Get(SamplingOption.Guidance))
            .With(SamplingOption.Sampler, own.Get(SamplingOption.Sampler))
            .With(SamplingOption.Spacing, own.Get(SamplingOption.Spacing) ?? SamplingOptions.Leading)
            .With(SamplingOption.Width, engine.ImageSize).With(SamplingOption.Height, engine.ImageSize);
        return own.Get(SamplingOption.ImageGuidance) is { } scale
            ? own.Over(values).With(SamplingOption.ImageGuidance, scale)
            : own.Over(values).With(SamplingOption.PublishedGuidance, true);
    }
}
