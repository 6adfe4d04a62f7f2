using ViCo.Engine.Checkpoints;
using ViCo.Engine.Datasets;
using ViCo.Engine.Generation;
using ViCo.Engine.Methods;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Files;
using ViCo.Engine.Training;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine;

/// <summary>The engine on libtorch: one base model, one device, one lane.</summary>
public sealed class TorchEngine : IEngine
{
    private readonly GpuLane _lane;
    private readonly OptionCatalog _catalog;
    private readonly OptionValues _arithmetic;
    private readonly BaseModel _model;
    private readonly ReferenceCache _cache;
    private readonly ClassPictures _classes;
    private readonly IReadOnlyList<IMethod> _methods;
    private readonly WarmConcepts _warm;
    private readonly RequestedPictures _pictures;
    private readonly TrainingPreview _preview;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly TimeSpan _resumeEvery;
    private readonly int? _samplesPerPass;
    private readonly bool _recompute;

    private TorchEngine(
        GpuLane lane, BaseModel model, string tokenizerFolder, TorchEngineOptions options, IReadOnlyList<IMethod> methods)
    {
        _methods = methods;
        _lane = lane;
        _catalog = options.Catalog with { Methods = [.. methods.Select(m => m.Options)] };
        _arithmetic = EngineOption.All.Filled(options.Values).Only(EngineOption.All.Where(o => o.MovesNumbers));
        _model = model;
        _cache = new(options.ReferenceCacheMiB is { } bound ? bound * (1L << 20) : FreeMemory.On(model.Device) / 8 ?? 1L << 30);
        _classes = new(options.CacheFolder);
        _resumeEvery = options.ResumeEvery;
        (_samplesPerPass, _recompute) = (options.Get(EngineOption.SamplesPerPass), options.Get(EngineOption.Recompute));
        Info = new(model.Defaults.Name, model.Digest, model.ImageSize, ComputeDevice.NameOf(model.Device))
        {
            Precision = options.Get(EngineOption.Precision),
            FreeBytes = FreeMemory.On(model.Device),
            SizeMultiple = model.SizeMultiple,
            MaxPixels = PictureSize.MaxPixels(model.ImageSize),
            Warnings = model.Schedule.Warnings,
            Sampling = model.Defaults.Sampling,
            Training = model.Defaults.Training,
            TokenizerFolder = tokenizerFolder,
        };
        var textToImage = new TextToImage(model, _cache);
        var drawing = new BoundedDrawing(model, textToImage, _samplesPerPass, DropCaches);
        _warm = new(model, methods);
        _pictures = new(model, _warm, textToImage, drawing, new(Info, _catalog, _arithmetic));
        _preview = new(model, _catalog, drawing);
    }

    /// <inheritdoc/>
    public EngineInfo Info { get; }

    /// <summary>Where it computes.</summary>
    internal Device Device => _model.Device;

    /// <summary>Loads a base model folder in diffusers' layout.</summary>
    /// <exception cref="ArgumentException">There is no such precision or device, or this libtorch does not
    /// offer what an option asks for.</exception>
    /// <exception cref="InvalidDataException">The folder does not hold a model this engine can run; the message says why.</exception>
    public static Task<TorchEngine> LoadAsync(string baseModelFolder, TorchEngineOptions? options = null) =>
        LoadAsync(baseModelFolder, options, KnownMethods.All);

    /// <summary>As <see cref="LoadAsync(string, TorchEngineOptions?)"/>, with methods of choice.</summary>
    internal static async Task<TorchEngine> LoadAsync(string baseModelFolder, TorchEngineOptions? options, IReadOnlyList<IMethod> methods)
    {
        options ??= new();
        EngineOption.All.Checked(options.Values);
        var device = options.Get(EngineOption.Device) is { Length: > 0 } named ? named : null;
        var threads = options.Get(EngineOption.Threads);
        var lane = new GpuLane($"gpu-lane {device ?? "first"}", threads ?? Environment.ProcessorCount, options.Niceness);
        try
        {
            return await lane.RunAsync(() =>
            {
                // On the lane and not in the caller: the first call loads libtorch, and only the lane says first how libtorch's idle
                // threads wait.
                var place = ComputeDevice.Of(device);
                TorchSwitches.AllowTensorFloat32(options.Get(EngineOption.Tf32));
                TorchSwitches.UseDeterministicAlgorithms(options.Get(EngineOption.Deterministic));
                var digests = options.CacheFolder is { } folder ? new DigestCache(folder, TimeProvider.System) : null;
                var types = new NumberTypes(
                    Precision.TypeOf(options.Get(EngineOption.Precision)), Precision.TypeOf(options.Get(EngineOption.VaePrecision)));
                var model = BaseModel.Load(baseModelFolder, place, types, digests, options.Catalog);
                set_num_threads(threads ?? WorthwhileThreads(model));
                return new TorchEngine(lane, model, BaseModelFiles.TokenizerFolderOf(baseModelFolder), options, methods);
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
            throw new ArgumentException(
                $"Precision {Precision.Half} is for drawing only: small gradients vanish in it. Train in {Precision.Single} or "
                + $"{Precision.BFloat16}.");
        var options = TrainingOptions.From(_model.Defaults, request.Options, _catalog).On(_arithmetic);
        return _lane.RunAsync(() => Train(request, options, observer, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<GeneratedImage>> GenerateAsync(
        GenerationRequest request, IGenerationObserver observer, CancellationToken cancellationToken) =>
        GenerateAsync(request, observer, frames: null, cancellationToken);

    /// <summary>
    /// As <see cref="GenerateAsync(GenerationRequest, IGenerationObserver, CancellationToken)"/>, and says where S★ looked
    /// at every step; the pictures are the same.
    /// </summary>
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
        if (requests.Count != observers.Count) throw new ArgumentException(
            $"{observers.Count} observers for {requests.Count} requests; wanted one each.");
        Asked[] asked = [.. requests.Zip(observers, (request, observer) => _pictures.Ask(request, observer))];
        return _lane.RunAsync(() => _pictures.Draw(asked, cancellationToken), cancellationToken);
    }

    private async Task<IReadOnlyList<GeneratedImage>> GenerateAsync(
        GenerationRequest request, IGenerationObserver observer, ICollection<AttentionFrame>? frames, CancellationToken cancellationToken)
    {
        var asked = _pictures.Ask(request, observer, frames);
        return (await _lane.RunAsync(() => _pictures.Draw([asked], cancellationToken), cancellationToken))[0];
    }

    /// <summary>
    /// Where a concept sees its object in photos: per photo, timestep and image layer the map of S★ and the mask made from it.
    /// </summary>
    public Task<IReadOnlyList<AttentionMap>> AttendAsync(AttentionRequest request, CancellationToken cancellationToken) =>
        _lane.RunAsync(() =>
        {
            var concept = _warm.Of(request.Checkpoint).Concept;
            _warm.LetCool();
            return AttentionProbe.Probe(_model, concept, request);
        }, cancellationToken);

    /// <summary>Photos as the base model sees them, and as its autoencoder gives them back: nothing that is drawn can be nearer.</summary>
    /// <exception cref="InvalidDataException">A photo cannot be decoded; the message names it.</exception>
    public Task<IReadOnlyList<Picture>> DecodedAsync(IReadOnlyList<PhotoFile> photos, CancellationToken cancellationToken) =>
        _lane.RunAsync<IReadOnlyList<Picture>>(() =>
        {
            using var inference = inference_mode();
            return
            [
                .. photos.Select(photo =>
                {
                    using var scope = NewDisposeScope();
                    var latents = PhotoTensor.ReferenceLatents(_model, PhotoTensor.Square(photo, _model.ImageSize, OptionValues.None));
                    return PhotoTensor.ToPicture(_model.Vae.Decode(latents).squeeze(0));
                }),
            ];
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
    /// <remarks>
    /// The toybox (32 to 128 channels): a training step takes 0.54 s on one thread, 0.90 s on two,
    /// which also leaves one core to the web side.
    /// </remarks>
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
        _warm.Clear();
        _cache.Clear();
    }

    private TrainingOutcome Train(TrainingRequest request, TrainingOptions options, ITrainingObserver observer,
        CancellationToken cancellationToken)
    {
        Picture[][] photos =
            [.. request.Objects.Select(o => o.Photos.Select(photo => PhotoTensor.Square(photo, _model.ImageSize, options.Values))
            .ToArray())];
        var method = _methods.Named(options.Get(TrainingOption.Method));
        using var concept = Concept.Create(_model, method, options, [.. request.Objects.Select(o => o.InitWord)]);
        using var data = method.Data(_model, concept, new(photos, _classes, cancellationToken)
        {
            ClassPhotos = request.ClassPhotos, Owner = request.Owner,
            Notes = [.. request.Objects.Select(o => o.Photos.Select(photo => PhotoTensor.NoteOn(photo, _model.ImageSize, options.Values))
                .ToArray())],
        });
        var adapted = new Adapted(_model, concept, _recompute);
        using var optimizer = new Training.AdamW(concept.ParameterGroups(), options.Get(TrainingOption.WeightDecay))
        {
            ClipNorm = options.Get(DenoisingOption.ClipNorm),
        };
        var resume = new ResumePoint(_model.Digest, request, options);
        IReadOnlyList<string> warnings =
        [
            .. TrainingAdvice.On(request, _model.Tokenizer, _model.Defaults.Name), .. TrainingAdvice.OnRates(concept.ParameterGroups()),
            .. resume.Restore(concept, optimizer),
        ];
        var products = new TrainingProducts(
            (step, output) => concept.Write(output, step), output => resume.Write(output, concept, optimizer),
            () => _preview.Of(concept, [.. photos.Select(p => p[0])], cancellationToken), concept.IsFinite);
        var run = new TrainingRun(
            data.Batch, new(batch => method.Loss(adapted, batch), _samplesPerPass, DropCaches), optimizer, products,
            new(_time, _resumeEvery, options.Get(TrainingOption.ResumeEvery)))
        {
            Moved = () =>
            {
                foreach (var part in concept.Parts) part.Moved();
            },
        };
        return TrainingLoop.Run(run, options, warnings, observer, cancellationToken);
    }
}
