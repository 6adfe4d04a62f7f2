namespace ViCo.Engine;

/// <param name="Checkpoint">A concept as <see cref="ITrainingObserver.OnCheckpoint"/> writes it, or null to draw with the base model alone.</param>
/// <param name="References">Photos whose tokens the image blocks attend to (usually one), or empty: text embedding only.</param>
/// <param name="Prompt">May hold <c>*</c>, <c>S*</c> or the concept's own <c>&lt;name&gt;</c> where S★ goes; where it has several objects, <c>&lt;1&gt;</c> or <c>S1*</c> and so on.</param>
/// <param name="Seeds">One picture per seed.</param>
public sealed record GenerationRequest(
    StoredFile? Checkpoint, IReadOnlyList<PhotoFile> References, string Prompt, IReadOnlyList<long> Seeds)
{
    /// <summary>Which object each reference shows, from 1: its mask comes from that one's S★. Empty: they take turns, so with one object all show it.</summary>
    public IReadOnlyList<int> ReferenceObjects { get; init; } = [];

    /// <summary>What the picture should not show; empty for the plain unconditional branch.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>Denoising steps, 1 to 1000; null: the base model's default (SD: 50).</summary>
    public int? Steps { get; init; }

    /// <summary>Classifier-free guidance scale; 1 turns guidance off; null: the base model's default (SD: 7.5).</summary>
    public double? GuidanceScale { get; init; }

    /// <summary>
    /// Guidance by the reference image: 0 leaves it out, 1 takes it as it is, more draws the object more faithfully and the place less.
    /// A third pass a step. Null: the base model's default; where that is null too, ViCo's published guidance (the image at weight 1 in both halves).
    /// </summary>
    public double? ImageGuidanceScale { get; init; }

    /// <summary>ViCo's published guidance even where the base model's default is an image guidance scale; does not go with <see cref="ImageGuidanceScale"/>.</summary>
    public bool PublishedGuidance { get; init; }

    /// <summary><c>ddim</c>, <c>plms</c>, <c>dpmpp-2m</c>, <c>euler</c> or <c>euler-a</c> (docs/engine.md); null: the base model's default (<c>ddim</c>).</summary>
    public string? Sampler { get; init; }

    /// <summary>Where its timesteps lie: <c>ldm</c>, <c>leading</c>, <c>linspace</c>, <c>trailing</c> or <c>karras</c>; null: the base model's default.</summary>
    public string? Spacing { get; init; }

    /// <summary>DDIM's η, 0 to 1: 0 deterministic, 1 ancestral.</summary>
    public double Eta { get; init; }

    /// <summary>Token merging (arXiv:2303.17604): the share of tokens that the finest blocks' self-attention merges away, 0 to 0.75; null and 0: off.</summary>
    public double? TokenMerging { get; init; }

    /// <summary>
    /// Width of the pictures in pixels: a multiple of what the base model's networks halve (SD: 64), the picture at most four times the area
    /// it was trained at. References keep the base model's size. Null: the base model's.
    /// </summary>
    public int? Width { get; init; }

    /// <summary>Height of the pictures in pixels, as <see cref="Width"/>.</summary>
    public int? Height { get; init; }

    /// <summary>Concept digest that keys the reference-feature cache, or null for none.</summary>
    public string? CacheKey { get; init; }

    /// <summary>Per reference the object that it shows, from 0.</summary>
    /// <exception cref="ArgumentException"><see cref="ReferenceObjects"/> are not as many as references, or name an object that is not there.</exception>
    internal IReadOnlyList<int> ObjectsShown(int objects)
    {
        if (ReferenceObjects.Count == 0) return [.. References.Select((_, i) => i % objects)];
        if (ReferenceObjects.Count != References.Count)
            throw new ArgumentException($"{ReferenceObjects.Count} ReferenceObjects for {References.Count} references; wanted one each, or none.");
        return [.. ReferenceObjects.Select(k => k >= 1 && k <= objects ? k - 1
            : throw new ArgumentException($"A reference shows object {k}; wanted 1 to {objects}, the objects of the checkpoint."))];
    }
}
