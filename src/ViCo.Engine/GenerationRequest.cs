using ViCo.Options;

namespace ViCo.Engine;

/// <param name="Checkpoint">A concept as <see cref="ITrainingObserver.OnCheckpoint"/> writes it, or null
/// to draw with the base model alone.</param>
/// <param name="References">Photos whose tokens the image blocks attend to (usually one), or empty: text embedding only.</param>
/// <param name="Prompt">May hold <c>*</c>, <c>S*</c> or the concept's own <c>&lt;name&gt;</c> where S★ goes; where it has several objects,
/// <c>&lt;1&gt;</c> or <c>S1*</c> and so on.</param>
/// <param name="Seeds">One picture per seed.</param>
public sealed record GenerationRequest(
    StoredFile? Checkpoint, IReadOnlyList<PhotoFile> References, string Prompt, IReadOnlyList<long> Seeds)
{
    /// <summary>
    /// Which object each reference shows, from 1: its mask comes from that one's S★. Empty: they
    /// take turns, so with one object all show it.
    /// </summary>
    public IReadOnlyList<int> ReferenceObjects { get; init; } = [];

    /// <summary>What is asked for; the rest is the base model's default. The properties below are a typed view of it.</summary>
    public OptionValues Options { get; init; } = OptionValues.None;

    /// <inheritdoc cref="SamplingOption.NegativePrompt"/>
    public string NegativePrompt { get => Options.Get(SamplingOption.NegativePrompt); init =>
        Options = Options.With(SamplingOption.NegativePrompt, value); }

    /// <inheritdoc cref="SamplingOption.SamplingSteps"/>
    public int? Steps { get => Options.Asked(SamplingOption.SamplingSteps); init =>
        Options = Options.WithAsked(SamplingOption.SamplingSteps, value); }

    /// <inheritdoc cref="SamplingOption.Guidance"/>
    public double? GuidanceScale { get => Options.Asked(SamplingOption.Guidance); init =>
        Options = Options.WithAsked(SamplingOption.Guidance, value); }

    /// <inheritdoc cref="SamplingOption.ImageGuidance"/>
    public double? ImageGuidanceScale { get => Options.Get(SamplingOption.ImageGuidance); init =>
        Options = Options.With(SamplingOption.ImageGuidance, value); }

    /// <inheritdoc cref="SamplingOption.PublishedGuidance"/>
    public bool PublishedGuidance { get => Options.Get(SamplingOption.PublishedGuidance); init =>
        Options = Options.With(SamplingOption.PublishedGuidance, value); }

    /// <inheritdoc cref="SamplingOption.Sampler"/>
    public string? Sampler { get => Options.Asked(SamplingOption.Sampler); init =>
        Options = Options.WithAsked(SamplingOption.Sampler, value); }

    /// <inheritdoc cref="SamplingOption.Spacing"/>
    public string? Spacing { get => Options.Asked(SamplingOption.Spacing); init =>
        Options = Options.WithAsked(SamplingOption.Spacing, value); }

    /// <inheritdoc cref="SamplingOption.Eta"/>
    public double Eta { get => Options.Get(SamplingOption.Eta); init => Options = Options.With(SamplingOption.Eta, value); }

    /// <inheritdoc cref="TrainingOption.TokenMerging"/>
    public double? TokenMerging { get => Options.Asked(TrainingOption.TokenMerging); init =>
        Options = Options.WithAsked(TrainingOption.TokenMerging, value); }

    /// <inheritdoc cref="SamplingOption.Width"/>
    public int? Width { get => Options.Get(SamplingOption.Width); init => Options = Options.With(SamplingOption.Width, value); }

    /// <inheritdoc cref="SamplingOption.Height"/>
    public int? Height { get => Options.Get(SamplingOption.Height); init => Options = Options.With(SamplingOption.Height, value); }

    /// <summary>Concept digest that keys the reference-feature cache, or null for none.</summary>
    public string? CacheKey { get; init; }

    /// <summary>Per reference the object that it shows, from 0.</summary>
    /// <exception cref="ArgumentException"><see cref="ReferenceObjects"/> are not as many as references, or name
    /// an object that is not there.</exception>
    internal IReadOnlyList<int> ObjectsShown(int objects)
    {
        if (ReferenceObjects.Count == 0) return [.. References.Select((_, i) => i % objects)];
        if (ReferenceObjects.Count != References.Count)
            throw new ArgumentException(
                $"{ReferenceObjects.Count} ReferenceObjects for {References.Count} references; wanted one each, or none.");
        return [.. ReferenceObjects.Select(k => k >= 1 && k <= objects ? k - 1
            : throw new ArgumentException($"A reference shows object {k}; wanted 1 to {objects}, the objects of the checkpoint."))];
    }
}
