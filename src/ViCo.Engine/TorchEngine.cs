using System.Globalization;
using System.Security.Cryptography;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Datasets;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Generation;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Methods;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine;

/// <summary>The engine on libtorch: one base model, one device, one lane.</summary>
public sealed class TorchEngine : IEngine
{
    /// <summary>Two: a user who compares a concept with another keeps both warm.</summary>
    private const int WarmConcepts = 2;

    private readonly GpuLane _lane;
    private readonly OptionCatalog _catalog;
    private readonly BaseModel _model;
    private readonly ReferenceCache _cache;
    private readonly TextToImage _textToImage;
    private readonly IReadOnlyList<IMethod> _methods;
    private readonly List<(string Digest, Concept Concept)> _warm = [];
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly TimeSpan _resumeEvery;
    private readonly int? _samplesPerPass;
    private readonly bool _recompute;
    private readonly OptionValues _arithmetic;

    private TorchEngine(
        GpuLane lane, BaseModel model, string device, string tokenizerFolder, TorchEngineOptions options, IReadOnlyList<IMethod> methods)
    {
        _methods = methods;
        _lane = lane;
        _catalog = options.Catalog with { Methods = [.. methods.Select(m => m.Options)] };
        _model = model;
        _cache = new(options.ReferenceCacheMiB is { } bound ? bound * (1L << 20) : FreeMemory.On(model.Device) / 8 ?? 1L << 30);
        _textToImage = new(model, _cache);
        _resumeEvery = options.ResumeEvery;
        (_samplesPerPass, _recompute) = (options.SamplesPerPass, options.Recompute);
        _arithmetic = options.Arithmetic;
        Info = new(model.Defaults.Name, model.Digest, model.ImageSize, device)
        {
            Precision = options.Precision,
            SizeMultiple = model.SizeMultiple,
            Warnings = model.Schedule.Warnings,
            Sampling = model.Defaults.Sampling,
            TokenizerFolder = tokenizerFolder,
        };
    }

    /// <inheritdoc/>
    public EngineInfo Info { get; }

    /// <summary>Loads a base model folder in diffusers' layout.</summary>
    /// <exception cref="ArgumentException">There is no such precision or device, or this libtorch does not offer what an option asks for.</exception>
    /// <exception cref="InvalidDataException">The folder does not hold a model this engine can run; the message says why.</exception>
    public static Task<TorchEngine> LoadAsync(string baseModelFolder, TorchEngineOptions? options = null) =>
        LoadAsync(baseModelFolder, options, KnownMethods.All);

    /// <summary>As <see cref="LoadAsync(string, TorchEngineOptions?)"/>, with methods of choice.</summary>
    internal static async Task<TorchEngine> LoadAsync(string baseModelFolder, TorchEngineOptions? options, IReadOnlyList<IMethod> methods)
    {
        options ??= new();
        var (dtype, vae) = (Precision.TypeOf(options.Precision), Precision.TypeOf(options.VaePrecision, nameof(options.VaePrecision)));
        var lane = new GpuLane($"gpu-lane {options.Device ?? "first"}", options.Threads ?? Environment.ProcessorCount, options.Niceness);
        try
        {
            return await lane.RunAsync(() =>
            {
                // Asked here and not by the caller: whoever first calls torch loads it, and only the lane says before how its threads wait.
                var device = ComputeDevice.Of(options.Device);
                TorchSwitches.AllowTensorFloat32(options.Tf32);
                TorchSwitches.UseDeterministicAlgorithms(options.Deterministic);
                var digests = options.CacheFolder is { } folder ? new DigestCache(folder, TimeProvider.System) : null;
                var model = BaseModel.Load(baseModelFolder, device, dtype, digests, vae, options.Catalog);
                set_num_threads(options.Threads ?? WorthwhileThreads(model));
                return new TorchEngine(
                    lane, model, ComputeDevice.NameOf(device), BaseModelFiles.TokenizerFolderOf(baseModelFolder), options, methods);
            });
        }
        catch
        {
            await lane.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<TrainingOutcome> TrainAsync(TrainingRequest request, ITrainingObserver observer, CancellationToken cancellationToken)
    {
        request.CheckObjects();
        if (Info.Precision == Precision.Half)
            throw new ArgumentException($"Precision {Precision.Half} is for drawing only: small gradients vanish in it. Train in {Precision.Single} or {Precision.BFloat16}.");
        var options = TrainingOptions.From(_model.Defaults, request.Options, _catalog).On(_arithmetic);
        return _lane.RunAsync(() => Train(request, options, observer, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<GeneratedImage>> GenerateAsync(
        GenerationRequest request, IGenerationObserver observer, CancellationToken cancellationToken) =>
        GenerateAsync(request, observer, frames: null, cancellationToken);

    /// <summary>As <see cref="GenerateAsync(GenerationRequest, IGenerationObserver, CancellationToken)"/>, and says where S★ looked at every step; the pictures are the same.</summary>
    /// <exception cref="ArgumentException">As there; or the prompt holds no placeholder, or there is no concept.</exception>
    /// <exception cref="InvalidDataException">As there.</exception>
    public async Task<TracedImages> TraceAsync(GenerationRequest request, IGenerationObserver observer, CancellationToken cancellationToken)
    {
        var frames = new List<AttentionFrame>();
        return new(await GenerateAsync(request, observer, frames, cancellationToken), frames);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<IReadOnlyList<GeneratedImage>>> GenerateAsync(
        IReadOnlyList<GenerationRequest> requests, IReadOnlyList<IGenerationObserver> observers, CancellationToken cancellationToken)
    {
        if (requests.Count != observers.Count) throw new ArgumentException($"{observers.Count} observers for {requests.Count} requests; wanted one each.");
        Asked[] asked = [.. requests.Zip(observers, (request, observer) => Ask(request, observer, frames: null))];
        return _lane.RunAsync<IReadOnlyList<IReadOnlyList<GeneratedImage>>>(() => Generate(asked, cancellationToken), cancellationToken);
    }

    private async Task<IReadOnlyList<GeneratedImage>> GenerateAsync(
        GenerationRequest request, IGenerationObserver observer, ICollection<AttentionFrame>? frames, CancellationToken cancellationToken)
    {
        var asked = Ask(request, observer, frames);
        return (await _lane.RunAsync(() => Generate([asked], cancellationToken), cancellationToken))[0];
    }

    private Asked Ask(GenerationRequest request, IGenerationObserver observer, ICollection<AttentionFrame>? frames)
    {
        if (request.Seeds.Count == 0) throw new ArgumentException("No seeds; wanted one per picture.");
        var size = PictureSize.Of(request, _model.ImageSize, _model.SizeMultiple);
        var options = SamplingOptions.From(_model.Defaults.Sampling, request, _catalog);
        options = options with { Values = options.Values.With(SamplingOption.Width, size.Width).With(SamplingOption.Height, size.Height) };
        return new(request, options, size, observer, frames);
    }

    /// <summary>A request that has been checked.</summary>
    private sealed record Asked(
        GenerationRequest Request, SamplingOptions Options, PictureSize Size, IGenerationObserver Observer, ICollection<AttentionFrame>? Frames);

    /// <summary>Where a concept sees its object in photos: per photo, timestep and image layer the map of S★ and the mask made from it.</summary>
    public Task<IReadOnlyList<AttentionMap>> AttendAsync(AttentionRequest request, CancellationToken cancellationToken) =>
        _lane.RunAsync(() =>
        {
            var concept = Warm(request.Checkpoint).Concept;
            LetCool();
            return AttentionProbe.Probe(_model, concept, request);
        }, cancellationToken);

    /// <summary>Lets go of warm concepts and cached reference features.</summary>
    public Task ForgetAsync() => _lane.RunAsync(() =>
    {
        Forget();
        return true;
    });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _lane.RunAsync(() =>
        {
            Forget();
            _model.Dispose();
            return true;
        });
        await _lane.DisposeAsync();
    }

    /// <summary>Runs a job on this engine's lane: for tests that look at torch itself.</summary>
    internal Task<T> RunAsync<T>(Func<T> job) => _lane.RunAsync(job);

    /// <summary>Handing a part to a thread that sleeps costs about as much as the whole operation of a narrow network takes.</summary>
    /// <remarks>The toybox (32 to 128 channels): a training step takes 0.54 s on one thread, 0.90 s on two, which also leaves one core to the web side.</remarks>
    private static int WorthwhileThreads(BaseModel model)
    {
        const int narrow = 128;
        return model.UNet.Config.BlockOutChannels[0] < narrow ? 1 : Environment.ProcessorCount;
    }

    /// <summary>Frees what can be computed again.</summary>
    private void DropCaches()
    {
        _cache.Clear();
        TorchSwitches.ReturnUnusedMemory();
    }

    private void Forget()
    {
        foreach (var (_, concept) in _warm) concept.Dispose();
        _warm.Clear();
        _cache.Clear();
    }

    private TrainingOutcome Train(TrainingRequest request, TrainingOptions options, ITrainingObserver observer, CancellationToken cancellationToken)
    {
        Picture[][] photos = [.. request.Objects.Select(o => o.Photos.Select(photo => PhotoTensor.Square(photo, _model.ImageSize, options.Values)).ToArray())];
        var method = _methods.Named(options.Method);
        using var data = method.Data(_model, photos, options);
        using var concept = Concept.Create(_model, method, options, [.. request.Objects.Select(o => o.InitWord)]);
        var adapted = new Adapted(_model, concept, _recompute);
        using var optimizer = new Training.AdamW(concept.ParameterGroups(), options.WeightDecay);
        var resume = new ResumePoint(_model.Digest, request, options);
        IReadOnlyList<string> warnings =
        [
            .. TrainingAdvice.On(request, _model.Tokenizer, _model.Defaults.Name), .. TrainingAdvice.OnRates(options), .. resume.Restore(concept, optimizer),
        ];
        var products = new TrainingProducts(
            (step, output) => concept.Write(output, step), output => resume.Write(output, concept, optimizer),
            () => Preview(concept, [.. photos.Select(p => p[0])], cancellationToken), concept.IsFinite);
        return TrainingLoop.Run(
            data.Batch, new(batch => method.Loss(adapted, batch), _samplesPerPass, DropCaches), optimizer, options, warnings, products, new(_time, _resumeEvery, options.ResumeEvery),
            observer, cancellationToken);
    }

    /// <summary>Two pictures of each object side by side from fixed seeds, in half the usual steps: enough to see the concept come.</summary>
    /// <param name="references">One per object.</param>
    private byte[] Preview(Concept concept, IReadOnlyList<Picture> references, CancellationToken cancellationToken)
    {
        long[] seeds = [1, 2];
        var usual = SamplingOptions.From(_model.Defaults.Sampling, new(null, [], "", seeds));
        var half = usual with { Steps = Math.Max(usual.Steps / 2, 1) };
        var pictures = references.SelectMany((reference, k) => Draw(
            [new Drawing(concept, new($"a photo of a {PlaceholderForms.Of(k, references.Count)}", "", [reference], [k], seeds, half))], cancellationToken).Pictures[0]);
        return PictureCodec.EncodePng(SideBySide([.. pictures]));
    }

    private IReadOnlyList<GeneratedImage>[] Generate(IReadOnlyList<Asked> asked, CancellationToken cancellationToken)
    {
        try
        {
            (string Digest, Drawing Drawing)[] drawings = [.. asked.Select(Prepare)];
            var results = new IReadOnlyList<GeneratedImage>[asked.Count];
            foreach (var together in Together(drawings))
            {
                var (pictures, batch) = Draw([.. together.Select(k => drawings[k].Drawing)], cancellationToken);
                foreach (var (k, drawn) in together.Zip(pictures)) results[k] = Encode(asked[k].Request, drawings[k].Digest, drawings[k].Drawing, drawn, batch);
            }
            return results;
        }
        finally
        {
            LetCool();
        }

        (string, Drawing) Prepare(Asked a)
        {
            var (request, (digest, concept)) = (a.Request, a.Request.Checkpoint is { } checkpoint ? Warm(checkpoint) : ("", null));
            var plan = new DrawingPlan(
                request.Prompt, request.NegativePrompt,
                [.. request.References.Select(photo => PhotoTensor.Square(photo, _model.ImageSize, concept?.Options.Values ?? OptionValues.None))],
                request.ObjectsShown(concept?.Objects ?? 1), request.Seeds, a.Options, request.CacheKey is null ? null : digest) { Size = a.Size };
            return (digest, new(concept, plan, a.Observer.OnStep) { Frames = a.Frames });
        }
    }

    /// <summary>Which drawings share passes: lists of their places.</summary>
    private static List<List<int>> Together((string Digest, Drawing Drawing)[] drawings)
    {
        var groups = new List<List<int>>();
        for (var k = 0; k < drawings.Length; k++)
        {
            if (groups.FirstOrDefault(g => drawings[g[0]].Drawing.GoesWith(drawings[k].Drawing)) is { } group) group.Add(k);
            else groups.Add([k]);
        }
        return groups;
    }

    private IReadOnlyList<GeneratedImage> Encode(
        GenerationRequest request, string digest, Drawing drawing, IReadOnlyList<Picture> pictures, int batch)
    {
        var warnings = _textToImage.Warnings(drawing.Concept, request.Prompt, request.NegativePrompt, drawing.Plan.ReferenceObjects);
        return [.. pictures.Select((picture, i) => new GeneratedImage(
            request.Seeds[i], PictureCodec.EncodePng(picture, Provenance(drawing.Plan, request, digest, request.Seeds[i], batch)), warnings))];
    }

    /// <summary>Draws as many pictures at once as memory takes; once it has run out, half as many.</summary>
    /// <param name="drawings">That go together.</param>
    /// <returns>One list of pictures per drawing, and how many were drawn at once.</returns>
    /// <exception cref="DeviceMemoryException">There is not enough memory for half as many either.</exception>
    private (IReadOnlyList<IReadOnlyList<Picture>> Pictures, int AtOnce) Draw(IReadOnlyList<Drawing> drawings, CancellationToken cancellationToken)
    {
        var count = drawings.Sum(d => d.Plan.Seeds.Count);
        // Whoever asks where S★ looks gets the frames of all pictures of a step together.
        var traced = drawings.Any(d => d.Frames is not null);
        var bound = traced ? null : _samplesPerPass ?? DrawingMemory.PicturesAtOnce(_model, drawings[0].Plan.Size, FreeMemory.On(_model.Device));
        var atOnce = Math.Min(bound ?? count, count);
        try
        {
            return (_textToImage.Draw(drawings, cancellationToken, atOnce), atOnce);
        }
        catch (Exception e) when (DeviceMemoryException.IsSignOf(e))
        {
            DropCaches();
            atOnce = Math.Max(1, atOnce / 2);
            try
            {
                if (!traced) return (_textToImage.Draw(drawings, cancellationToken, atOnce), atOnce);
            }
            catch (Exception again) when (DeviceMemoryException.IsSignOf(again))
            {
                DropCaches();
            }
            throw new DeviceMemoryException(
                $"There is not enough memory to draw {atOnce} {(atOnce == 1 ? "picture" : "pictures")} at once. "
                + "Ask for smaller pictures, or store the networks in bf16 or fp16.", e);
        }
    }

    /// <summary>What made a picture, as it travels inside the PNG.</summary>
    private List<PictureText> Provenance(DrawingPlan plan, GenerationRequest request, string checkpointDigest, long seed, int batch) =>
    [
        new("Software", "ViCo"),
        new("prompt", plan.Prompt),
        new(SamplingOption.Seed.Name, seed.ToString(CultureInfo.InvariantCulture)),
        .. _catalog.Sampling.Where(o => o != SamplingOption.Seed && o.MovesNumbers).Select(o => SaidOf(o, plan.Options.Values)).OfType<PictureText>(),
        new("noise", "cpu"),
        new("base", Info.BaseModel),
        new("base_digest", Info.BaseDigest),
        .. checkpointDigest.Length > 0 ? [new PictureText("checkpoint_digest", checkpointDigest)] : Array.Empty<PictureText>(),
        .. request.References.Select(r => new PictureText("reference_digest", Convert.ToHexStringLower(SHA256.HashData(r.Content.Span)))),
        new("device", Info.Device),
        .. EngineOption.All.Select(o => SaidOf(o, _arithmetic)).OfType<PictureText>(),
        new("batch", batch.ToString(CultureInfo.InvariantCulture)),
    ];

    /// <summary>An option's word in a picture: what a base model usually decides is always said, all else only off its default.</summary>
    private static PictureText? SaidOf(OptionSpec option, OptionValues values) =>
        values.Find(option.Name) is { } value && (option.FromModel || OptionSpec.Format(value) != OptionSpec.Format(option.Fallback ?? ""))
            ? new(option.Name, OptionSpec.Format(value))
            : null;

    /// <summary>The concept of a checkpoint, loaded or kept from an earlier request.</summary>
    private (string Digest, Concept Concept) Warm(StoredFile checkpoint)
    {
        var digest = checkpoint.DigestOfBytes();
        var at = _warm.FindIndex(w => w.Digest == digest);
        var entry = at >= 0 ? _warm[at] : (digest, Concept.Load(_model, _methods, checkpoint));
        if (at >= 0) _warm.RemoveAt(at);
        _warm.Insert(0, entry);
        return entry;
    }

    /// <summary>Keeps the newest few concepts.</summary>
    private void LetCool()
    {
        foreach (var (_, concept) in _warm.Skip(WarmConcepts)) concept.Dispose();
        if (_warm.Count > WarmConcepts) _warm.RemoveRange(WarmConcepts, _warm.Count - WarmConcepts);
    }

    private static Picture SideBySide(IReadOnlyList<Picture> pictures)
    {
        var (width, height) = (pictures.Sum(p => p.Width), pictures[0].Height);
        var rgb = new byte[3 * width * height];
        var left = 0;
        foreach (var picture in pictures)
        {
            for (var y = 0; y < height; y++)
                picture.Rgb.AsSpan(3 * y * picture.Width, 3 * picture.Width).CopyTo(rgb.AsSpan(3 * (y * width + left)));
            left += picture.Width;
        }
        return new(width, height, rgb);
    }
}
