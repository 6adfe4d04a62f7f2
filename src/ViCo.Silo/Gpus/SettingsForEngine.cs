using ViCo.Engine;
using ViCo.Engine.Diffusion;
using ViCo.Options;

namespace ViCo.Silo.Gpus;

/// <summary>Options of jobs as the engine takes them.</summary>
internal static class SettingsForEngine
{
    public static TrainingOverrides Overrides(OptionValues options)
    {
        var switches = new VisualConditionSwitches();
        return new()
        {
            Steps = Own(options, TrainingOption.Steps),
            BatchSize = Own(options, TrainingOption.BatchSize),
            Seed = Own(options, TrainingOption.Seed),
            EmbeddingLearningRate = Own(options, PlaceholderOption.EmbeddingLearningRate),
            BlockLearningRate = Own(options, VisualConditionOption.BlockLearningRate),
            RegularizationWeight = Own(options, VisualConditionOption.RegularizationWeight),
            Method = Text(options, TrainingOption.Method),
            TokenMerging = Own(options, TrainingOption.TokenMerging),
            CheckpointEvery = Own(options, TrainingOption.CheckpointEvery),
            ResumeEvery = options.Get(TrainingOption.ResumeEvery),
            Half = Own(options, TrainingOption.Half),
            PreviewEvery = Own(options, TrainingOption.PreviewEvery),
            Switches = switches with
            {
                Mask = options.Get(VisualConditionOption.Mask),
                RegularizationReduction = options.Get(VisualConditionOption.RegularizationReduction),
                DetachEndOfText = options.Get(VisualConditionOption.DetachEndOfText),
                TargetOrder = options.Get(TrainingOption.TargetOrder),
                Resize = options.Get(TrainingOption.Resize),
                Flip = options.Get(TrainingOption.Flip),
                OtsuBins = options.Get(VisualConditionOption.OtsuBins),
                Layers = options.Get(VisualConditionOption.Layers),
                BlockInitialization = Text(options, VisualConditionOption.BlockInitialization),
                Captions = Text(options, TrainingOption.Captions),
                ImageInUnconditional = options.Get(VisualConditionOption.ImageInUnconditional),
                UnconditionalPlaceholder = options.Get(VisualConditionOption.UnconditionalPlaceholder),
                ScaleEmbeddingLearningRate = options.Get(PlaceholderOption.ScaleEmbeddingLearningRate),
            },
        };
    }

    public static GenerationRequest Apply(OptionValues options, GenerationRequest request) => request with
    {
        NegativePrompt = options.Get(SamplingOption.NegativePrompt),
        Steps = Own(options, SamplingOption.SamplingSteps),
        GuidanceScale = Own(options, SamplingOption.Guidance),
        ImageGuidanceScale = options.Get(SamplingOption.ImageGuidance),
        Sampler = Text(options, SamplingOption.Sampler),
        Spacing = options.Get(SamplingOption.Spacing),
        Eta = options.Get(SamplingOption.Eta),
        PublishedGuidance = options.Get(SamplingOption.PublishedGuidance),
        Width = options.Get(SamplingOption.Width),
        Height = options.Get(SamplingOption.Height),
        TokenMerging = Own(options, TrainingOption.TokenMerging),
    };

    /// <summary>What the engine draws with where a request leaves it open, in the options' own words.</summary>
    public static OptionValues Defaults(EngineInfo engine)
    {
        var defaults = engine.Sampling;
        var values = OptionValues.None
            .With(SamplingOption.SamplingSteps, defaults.Steps).With(SamplingOption.Guidance, defaults.GuidanceScale)
            .With(SamplingOption.Sampler, defaults.Sampler).With(SamplingOption.Spacing, defaults.Spacing ?? SamplingOptions.Leading)
            .With(SamplingOption.Width, engine.ImageSize).With(SamplingOption.Height, engine.ImageSize);
        return defaults.ImageGuidanceScale is { } scale
            ? values.With(SamplingOption.ImageGuidance, scale)
            : values.With(SamplingOption.PublishedGuidance, true);
    }

    private static T? Own<T>(OptionValues options, Option<T> option)
        where T : struct => options.Has(option) ? options.Get(option) : null;

    private static string? Text(OptionValues options, Option<string> option) => options.Has(option) ? options.Get(option) : null;
}
