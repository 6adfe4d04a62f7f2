namespace ViCo.Engine;

/// <summary>Learns concepts and draws them. Two implementations: <c>TorchEngine</c> (libtorch) and <c>RehearsalEngine</c> (deterministic, no torch).</summary>
/// <remarks>
/// Plain data in and out, never a tensor. One job at a time per engine: calls queue on the engine's lane. Observers are called on the
/// lane's thread, in order, and must return quickly; an exception thrown by an observer ends the job with that exception.
/// </remarks>
public interface IEngine : IAsyncDisposable
{
    /// <summary>What this engine runs on and which base model it holds.</summary>
    EngineInfo Info { get; }

    /// <summary>Trains until the last step, a pause or cancellation.</summary>
    /// <exception cref="InvalidDataException">A photo cannot be decoded, or the resume point does not fit the request or the base model.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> fired; nothing is kept beyond what the observer has seen.</exception>
    Task<TrainingOutcome> TrainAsync(TrainingRequest request, ITrainingObserver observer, CancellationToken cancellationToken);

    /// <summary>Draws <see cref="GenerationRequest.Seeds"/>.Count pictures; each depends on its own seed only, never on the batch.</summary>
    /// <exception cref="ArgumentException">An option does not exist, is out of its range or does not go with another; the message says what does.</exception>
    /// <exception cref="InvalidDataException">The checkpoint does not fit the base model, or the reference cannot be decoded.</exception>
    Task<IReadOnlyList<GeneratedImage>> GenerateAsync(
        GenerationRequest request, IGenerationObserver observer, CancellationToken cancellationToken);
}

/// <param name="BaseModel">Name of the base model, such as <c>toybox</c>.</param>
/// <param name="BaseDigest">SHA-256 (lower-case hex) over the base model's weight files.</param>
/// <param name="ImageSize">Side in pixels that the base model was trained at.</param>
/// <param name="Device">Such as <c>cpu</c> or <c>cuda:0 NVIDIA H100</c>.</param>
public sealed record EngineInfo(string BaseModel, string BaseDigest, int ImageSize, string Device)
{
    /// <summary>What the frozen networks are stored and computed in: a value of <see cref="Engine.Precision"/>.</summary>
    public string Precision { get; init; } = Engine.Precision.Single;

    /// <summary>Sides of pictures are multiples of it, in pixels.</summary>
    public required int SizeMultiple { get; init; }

    /// <summary>Width × height of the largest pictures.</summary>
    public long MaxPixels => Generation.PictureSize.MaxPixels(ImageSize);
}

/// <summary>One photo as uploaded (PNG, JPEG or WebP bytes) with the name that error messages use.</summary>
public sealed record PhotoFile(string Name, ReadOnlyMemory<byte> Content);

/// <param name="Photos">1 to 30 photos of the object; 4 to 7 work best. The order is part of the job: it numbers the references.</param>
/// <param name="InitWord">Near the object's class, such as <c>teapot</c>; <c>object</c> does too. S★ starts from it: from the mean, where it is several tokens.</param>
/// <param name="Options">Everything that changes the result. Null members take the base model's defaults (its <c>vico.json</c>).</param>
/// <param name="Resume">Bytes given to <see cref="ITrainingObserver.OnResumePoint"/> by an earlier attempt of the same request, or null.</param>
public sealed record TrainingRequest(
    IReadOnlyList<PhotoFile> Photos, string InitWord, TrainingOverrides Options, ReadOnlyMemory<byte>? Resume = null)
{
    /// <summary>Objects that one training may learn together.</summary>
    public const int MaxObjects = 4;

    /// <summary>Further objects to learn in the same training, each with an S★ of its own and all with the same image blocks; empty: one object.</summary>
    public IReadOnlyList<TrainingObject> Others { get; init; } = [];

    /// <summary>Every object; number k of them, from 1, is <c>&lt;k&gt;</c> in prompts where there are several.</summary>
    public IReadOnlyList<TrainingObject> Objects => [new(Photos, InitWord), .. Others];

    /// <exception cref="ArgumentException">Too many objects, or one of them has no photos or too many.</exception>
    internal void CheckObjects()
    {
        if (Objects.Count > MaxObjects)
            throw new ArgumentException($"{Objects.Count} objects; wanted 1 to {MaxObjects}.");
        if (Objects.FirstOrDefault(o => o.Photos.Count is < 1 or > 30) is { } odd)
            throw new ArgumentException($"{odd.Photos.Count} photos{(Others.Count == 0 ? "" : $" of '{odd.InitWord}'")}; wanted 1 to 30 (4 to 7 work best).");
    }
}

/// <summary>One object of a training.</summary>
/// <param name="Photos">As in <see cref="TrainingRequest"/>.</param>
/// <param name="InitWord">As in <see cref="TrainingRequest"/>.</param>
public sealed record TrainingObject(IReadOnlyList<PhotoFile> Photos, string InitWord);

/// <summary>What a caller may set about a training; null means the base model's own default, stated in its <c>vico.json</c>.</summary>
public sealed record TrainingOverrides
{
    /// <summary>Optimizer steps, 1 to 100,000. SD: 400.</summary>
    public int? Steps { get; init; }

    /// <summary>Samples per step, 1 to 64. SD: 4.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Seed of data order, timesteps and noise. Default 23 (upstream's).</summary>
    public long? Seed { get; init; }

    /// <summary>AdamW rate of S★. SD: 5e-3.</summary>
    public double? EmbeddingLearningRate { get; init; }

    /// <summary>AdamW rate of the image cross-attention blocks. SD: 1e-5.</summary>
    public double? BlockLearningRate { get; init; }

    /// <summary>Weight λ of the regularisation towards the end-of-text token, ViCo eq. 6. Default 5e-4.</summary>
    public double? RegularizationWeight { get; init; }

    /// <summary><c>vico</c> (default) or <c>textual-inversion</c> (S★ alone, image blocks off).</summary>
    public string? Method { get; init; }

    /// <summary>Token merging (arXiv:2303.17604) while training: the share of tokens that the finest blocks' self-attention merges away, 0 to 0.75; null and 0: off.</summary>
    public double? TokenMerging { get; init; }

    /// <summary>A checkpoint every so many steps and after the last; default 50.</summary>
    public int? CheckpointEvery { get; init; }

    /// <summary>A resume point every so many steps; default 25.</summary>
    public int? ResumeEvery { get; init; }

    /// <summary>A preview picture every so many steps; 0 for none; default 50.</summary>
    public int? PreviewEvery { get; init; }

    /// <summary>The switches in which paper, official code and ports differ; null members take the published code's side.</summary>
    public VisualConditionSwitches? Switches { get; init; }
}

/// <summary>Where paper, official code and ports differ (docs/engine.md). Defaults follow the published checkpoints.</summary>
public sealed record VisualConditionSwitches
{
    /// <summary><c>pre_softmax</c> (official code) or <c>post_softmax</c> (paper eq. 5).</summary>
    public string Mask { get; init; } = "pre_softmax";

    /// <summary><c>mean</c> (official code) or <c>sum</c> (paper eq. 6) over patches.</summary>
    public string RegularizationReduction { get; init; } = "mean";

    /// <summary>Whether the end-of-text side of the regulariser carries no gradient.</summary>
    public bool DetachEndOfText { get; init; } = true;

    /// <summary><c>shuffled</c> (official code) or <c>sequential</c> (paper).</summary>
    public string TargetOrder { get; init; } = "shuffled";

    /// <summary><c>squash</c> (official code), <c>crop</c> (short side, centre) or <c>letterbox</c>.</summary>
    public string Resize { get; init; } = "crop";

    /// <summary>Probability of a horizontal flip, 0 to 1.</summary>
    public double Flip { get; init; }

    /// <summary>Otsu histogram bins: 10 (official code), any number from 2, or 0 for the exact threshold.</summary>
    public int OtsuBins { get; init; } = 10;

    /// <summary>Decoder attention ids that get an image block.</summary>
    public IReadOnlyList<int> Layers { get; init; } = [8, 10, 12, 14];

    /// <summary><c>default</c> (library initialisation, official code) or <c>zero_output</c> (blocks start as identity); null: the base model's.</summary>
    public string? BlockInitialization { get; init; }

    /// <summary>Captions of training: <c>all</c> (Textual Inversion's 81 lines, official code) or <c>photo</c> (the 27 of them that say "photo"); null: the base model's.</summary>
    public string? Captions { get; init; }

    /// <summary>Whether the image blocks also work in guidance's unconditional half (official code) or not.</summary>
    public bool ImageInUnconditional { get; init; } = true;

    /// <summary><c>same_column</c> (official code) or <c>end_of_text</c>: which column of the empty prompt gives the mask.</summary>
    public string UnconditionalPlaceholder { get; init; } = "same_column";

    /// <summary>Multiply S★'s rate by batch size, as the official code's default does on several devices.</summary>
    public bool ScaleEmbeddingLearningRate { get; init; }
}

/// <summary>Receives a training's progress, on the engine's lane.</summary>
public interface ITrainingObserver
{
    /// <summary>True asks the training to stop at the next step boundary, after a resume point.</summary>
    bool PauseRequested { get; }

    /// <summary>Called once before the first step with the options in force.</summary>
    void OnStart(TrainingStart start);

    /// <summary>Called after every optimizer step.</summary>
    void OnStep(TrainingStep step);

    /// <summary>A checkpoint: safetensors bytes with S★, the 80 block tensors and metadata.</summary>
    void OnCheckpoint(int step, ReadOnlyMemory<byte> safetensors);

    /// <summary>Everything needed to continue bit-identically from <paramref name="step"/>; opaque to the caller.</summary>
    void OnResumePoint(int step, ReadOnlyMemory<byte> resume);

    /// <summary>A PNG strip of what the concept looks like now, drawn with its own randomness (never the training's).</summary>
    void OnPreview(int step, ReadOnlyMemory<byte> png);
}

/// <param name="FirstStep">0, or the step of the resume point: the next step is FirstStep + 1.</param>
/// <param name="OptionsJson">The options in force, all defaults filled in, as JSON.</param>
/// <param name="Warnings">What the user would want to know before waiting, such as: there is one photo only.</param>
public sealed record TrainingStart(int FirstStep, int Steps, string OptionsJson, IReadOnlyList<string> Warnings);

/// <param name="Step">1-based.</param>
/// <param name="Loss">Noise loss + λ × regularisation.</param>
/// <param name="Regularization">The regulariser before λ.</param>
/// <param name="Seconds">Wall time of this step.</param>
public sealed record TrainingStep(int Step, int Steps, double Loss, double NoiseLoss, double Regularization, double Seconds);

/// <param name="Completed">False when the observer asked for a pause.</param>
/// <param name="Step">The last step done.</param>
public sealed record TrainingOutcome(bool Completed, int Step);

/// <param name="Checkpoint">Safetensors bytes of a concept, or null to draw with the base model alone.</param>
/// <param name="References">Photos whose tokens the image blocks attend to (usually one), or empty: text embedding only.</param>
/// <param name="Prompt">May hold <c>*</c>, <c>S*</c> or the concept's own <c>&lt;name&gt;</c> where S★ goes; where it has several objects, <c>&lt;1&gt;</c> or <c>S1*</c> and so on.</param>
/// <param name="Seeds">One picture per seed.</param>
public sealed record GenerationRequest(
    ReadOnlyMemory<byte>? Checkpoint, IReadOnlyList<PhotoFile> References, string Prompt, IReadOnlyList<long> Seeds)
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

/// <summary>Receives a sampling's progress, on the engine's lane.</summary>
public interface IGenerationObserver
{
    /// <summary>Called after every denoising step, 1-based.</summary>
    void OnStep(int step, int steps);
}

/// <param name="Png">The picture, 8-bit RGB PNG, with its parameters in PNG text.</param>
/// <param name="Warnings">Such as: the prompt holds no placeholder.</param>
public sealed record GeneratedImage(long Seed, ReadOnlyMemory<byte> Png, IReadOnlyList<string> Warnings);
