using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ViCo.Engine.Generation;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Files;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Engine.Rehearsal;

/// <summary>
/// An engine without torch: everything it returns is a hash of what it was given, so platform tests can check every byte.
/// </summary>
/// <remarks>
/// Its "weights" are a hash chain with one link per step. A training that is resumed from the right point ends in the same checkpoint as an
/// uninterrupted one, and from a wrong point it does not: a platform that loses or repeats steps is seen.
/// </remarks>
/// <param name="stepDelay">Time one training or denoising step takes; zero for none.</param>
/// <param name="clock">Measures and waits; the system's if null.</param>
/// <param name="catalog">Options that trainings and drawings have; null: those that this program knows.</param>
/// <param name="defaults">Stands in for a base model's <c>vico.json</c>; the paper's values if null.</param>
/// <param name="resumeEvery">A training's resume points are so much work apart; 30 s if null.</param>
public sealed class RehearsalEngine(
    TimeSpan stepDelay = default, TimeProvider? clock = null, BaseModelDefaults? defaults = null, TimeSpan? resumeEvery = null,
    OptionCatalog? catalog = null) : IEngine
{
    private const int SizePixels = 64, SizeMultiple = 8;

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly BaseModelDefaults _defaults = defaults ?? new() { Name = "rehearsal" };
    private readonly SemaphoreSlim _lane = new(1, 1);

    /// <inheritdoc/>
    public EngineInfo Info { get; } = new(
        defaults?.Name ?? "rehearsal", Hex(SHA256.HashData("rehearsal base model"u8)), SizePixels, "rehearsal")
    {
        SizeMultiple = SizeMultiple,
        MaxPixels = PictureSize.MaxPixels(SizePixels),
        Sampling = (defaults ?? new()).Sampling,
        Training = (defaults ?? new()).Training,
        TokenizerFolder = Path.Combine(StableDiffusion1.Folder, "tokenizer"),
    };

    /// <inheritdoc/>
    public async Task<TrainingOutcome> TrainAsync(TrainingRequest request, ITrainingObserver observer, CancellationToken cancellationToken)
    {
        var options = TrainingOptions.From(_defaults, request.Options, catalog);
        request.CheckObjects();
        foreach (var learned in request.Objects) CheckPhotos(learned.Photos);
        var numbers = TrainingNumbers.Of(Info.BaseDigest, request, options);
        var warnings = request.Objects.SelectMany(o => TrainingAdvice.OnPhotos(o.Photos.Count)).ToList();
        var (first, weights) = Restore(request, options, numbers, warnings)
            ?? (0, SHA256.HashData([.. numbers.SelectMany(n => Encoding.UTF8.GetBytes($"{n.Key}\n{n.Value}\n"))]));

        await _lane.WaitAsync(cancellationToken);
        try
        {
            var (steps, weight) = (options.Get(TrainingOption.Steps), options.Get(VisualConditionOption.RegularizationWeight));
            var schedule = new ResumeSchedule(
                _clock, resumeEvery ?? new TorchEngineOptions().ResumeEvery, options.Get(TrainingOption.ResumeEvery));
            observer.OnStart(new(first, steps, options.ToJson(), warnings));
            if (first == steps) observer.OnCheckpoint(first, to => to.Write(Checkpoint(first)));
            for (var step = first + 1; step <= steps; step++)
            {
                var started = _clock.GetTimestamp();
                await DelayAsync(cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();

                weights = SHA256.HashData([.. weights, .. BitConverter.GetBytes(step)]);
                // Falls like 1/√step with a tenth of noise: looks like a loss, says nothing.
                var noise = (0.15 + 0.5 / Math.Sqrt(step)) * (0.95 + 0.1 * weights[0] / 255.0);
                var regularization = 0.08 / Math.Sqrt(step);
                observer.OnStep(new(step, steps, noise + weight * regularization,
                    [new("noise", noise, 1), new("end-of-text", regularization, weight)],
                    _clock.GetElapsedTime(started).TotalSeconds));

                if (options.CheckpointDue(step)) observer.OnCheckpoint(step, to => to.Write(Checkpoint(step)));
                if (options.PreviewDue(step)) observer.OnPreview(step, RehearsalPicture.Draw(weights, SizePixels, SizePixels));
                var pause = observer.PauseRequested && step < steps;
                if (pause || step == steps || schedule.Due(step))
                {
                    observer.OnResumePoint(step, to => to.Write(Resume(step)));
                    schedule.Written();
                }
                if (pause) return new(Completed: false, step);
            }
            return new(Completed: true, steps);
        }
        finally
        {
            _lane.Release();
        }

        byte[] Resume(int step) => JsonSerializer.SerializeToUtf8Bytes(
            new ResumeState(FirstFingerprint.Of(null, request, options), step, Hex(weights), numbers), RehearsalJson.Default.ResumeState);

        byte[] Checkpoint(int step) => Safetensors(
            new(Info.BaseModel, Info.BaseDigest, options.Get(TrainingOption.Method), options.ToJson(), step, request.InitWord)
            {
                OtherInitWords = [.. request.Others.Select(o => o.InitWord)],
            }, weights);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<GeneratedImage>> GenerateAsync(
        GenerationRequest request, IGenerationObserver observer, CancellationToken cancellationToken) =>
        (await GenerateAsync([request], [observer], cancellationToken))[0];

    /// <inheritdoc/>
    public async Task<IReadOnlyList<IReadOnlyList<GeneratedImage>>> GenerateAsync(
        IReadOnlyList<GenerationRequest> requests, IReadOnlyList<IGenerationObserver> observers, CancellationToken cancellationToken)
    {
        if (requests.Count != observers.Count) throw new ArgumentException(
            $"{observers.Count} observers for {requests.Count} requests; wanted one each.");
        var asked = new List<(GenerationRequest Request, OptionValues Options, PictureSize Size)>();
        foreach (var request in requests)
        {
            if (request.References.Count > 0) CheckPhotos(request.References);
            request.CheckLoras();
            var size = PictureSize.Of(request, SizePixels, SizeMultiple);
            asked.Add((request, request.OptionsOver(_defaults.Sampling, catalog), size));
        }

        await _lane.WaitAsync(cancellationToken);
        try
        {
            // A step of all of them takes as long as one of a request alone: a stand-in for sharing the pass.
            for (var step = 1; step <= asked.Select(a => a.Options.Get(SamplingOption.SamplingSteps)).DefaultIfEmpty().Max(); step++)
            {
                await DelayAsync(cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                foreach (var (observer, a) in observers.Zip(asked))
                {
                    var steps = a.Options.Get(SamplingOption.SamplingSteps);
                    if (step > steps) continue;
                    observer.OnStep(step, steps);
                    if (!PreviewSteps.Due(step, steps, observer.Previews)) continue;
                    observer.OnPreview(step,
                        RehearsalPicture.Draw(SHA256.HashData(BitConverter.GetBytes(step)), a.Size.Width, a.Size.Height));
                }
            }
        }
        finally
        {
            _lane.Release();
        }
        return [.. asked.Select(a => Draw(a.Request, a.Options, a.Size))];
    }

    private static IReadOnlyList<GeneratedImage> Draw(GenerationRequest request, OptionValues options, PictureSize size)
    {
        var common = SHA256.HashData([
            .. request.Checkpoint is { } checkpoint ? Convert.FromHexString(checkpoint.DigestOfBytes()) : SHA256.HashData([]),
            .. request.Loras.SelectMany(l =>
                Convert.FromHexString(l.Checkpoint.DigestOfBytes()).Concat(BitConverter.GetBytes(l.Weight))),
            .. request.References.SelectMany(r => SHA256.HashData(r.Content.Span)),
            .. Encoding.UTF8.GetBytes(
                $"{request.Prompt}\n{options.Get(SamplingOption.NegativePrompt)}\n{FirstOptions(options)}"
                    + string.Join(' ', request.ReferenceObjects))]);
        IReadOnlyList<string> warnings = request.Prompt.Contains('*') || request.Prompt.Contains('<') || request.Checkpoint is null
            ? [] : ["The prompt holds no placeholder (*): the concept cannot appear through its word."];
        return [.. request.Seeds.Select(seed => new GeneratedImage(
            seed, RehearsalPicture.Draw(SHA256.HashData([.. common, .. BitConverter.GetBytes(seed)]), size.Width, size.Height), warnings))];
    }

    /// <summary>The options that there were when the first pictures were drawn, by their old names: pictures stay as they were.</summary>
    private static string FirstOptions(OptionValues options)
    {
        var json = new JsonObject
        {
            ["sampler"] = options.Get(SamplingOption.Sampler), ["spacing"] = options.Get(SamplingOption.Spacing),
            ["steps"] = options.Get(SamplingOption.SamplingSteps), ["guidanceScale"] = options.Get(SamplingOption.Guidance),
            ["imageGuidanceScale"] = options.Get(SamplingOption.ImageGuidance), ["eta"] = options.Get(SamplingOption.Eta),
        };
        if (options.Get(TrainingOption.TokenMerging) is > 0 and var merging) json["tokenMerging"] = merging;
        return json.ToJsonString();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _lane.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task DelayAsync(CancellationToken cancellationToken) =>
        stepDelay > TimeSpan.Zero ? Task.Delay(stepDelay, _clock, cancellationToken) : Task.CompletedTask;

    private static void CheckPhotos(IReadOnlyList<PhotoFile> photos)
    {
        if (photos.Count is < 1 or > 30)
            throw new ArgumentException($"{photos.Count} photos; wanted 1 to 30 (4 to 7 work best).");
        if (photos.FirstOrDefault(p => p.Content.IsEmpty) is { } empty)
            throw new InvalidDataException($"Photo '{empty.Name}' is empty; wanted a PNG, JPEG or WebP file.");
    }

    /// <summary>Step and weights to go on from, or null: from the start.</summary>
    private static (int Step, byte[] Weights)? Restore(
        TrainingRequest request, TrainingOptions options, IReadOnlyDictionary<string, string> numbers, List<string> warnings)
    {
        for (var i = 0; i < request.Resume.Count; i++)
        {
            ResumeState state;
            try
            {
                state = Read(request.Resume[i]);
            }
            catch (InvalidDataException e) when (i + 1 < request.Resume.Count)
            {
                warnings.Add($"{e.Message} The training goes on from the older resume point '{request.Resume[i + 1].Name}' instead.");
                continue;
            }
            var difference = state.Numbers is { } there ? TrainingNumbers.Difference(there, numbers)
                : FirstFingerprint.Fits(state.Request, state.Step, null, request, options) ? null
                : "photos, init word or options differ";
            return difference is null
                ? From(state)
                : throw new InvalidDataException($"Resume point '{request.Resume[i].Name}' belongs to another training: {difference}.");
        }
        return request.BranchFrom is { } branch ? From(Read(branch)) : null;

        (int, byte[]) From(ResumeState state) => state.Step <= options.Get(TrainingOption.Steps)
            ? (state.Step, Convert.FromHexString(state.Weights))
            : throw new InvalidDataException(
                $"The resume point is of step {state.Step}; wanted at most {options.Get(TrainingOption.Steps)}, the training's steps.");
    }

    private static ResumeState Read(StoredFile file)
    {
        try
        {
            using var stream = file.Open();
            return JsonSerializer.Deserialize(stream, RehearsalJson.Default.ResumeState) is { Step: >= 0, Weights: not null } state
                ? state : throw new InvalidDataException($"Resume point '{file.Name}' holds no step.");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new InvalidDataException($"Resume point '{file.Name}' does not read: {e.Message}", e);
        }
    }

    private static byte[] Safetensors(ConceptMetadata metadata, byte[] weights)
    {
        var header = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
        {
            ["__metadata__"] = metadata.ToEntries(),
            [PlaceholderForms.EmbeddingKey] = new Dictionary<string, object>
            {
                ["dtype"] = "F32", ["shape"] = new[] { 1, weights.Length / 4 }, ["data_offsets"] = new[] { 0, weights.Length },
            },
        });
        var file = new byte[8 + header.Length + weights.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        // Masks the exponents to finite floats: the bytes stay a function of the chain.
        for (var i = 0; i < weights.Length; i++) file[8 + header.Length + i] = (byte)(i % 4 == 3 ? weights[i] & 0x3f : weights[i]);
        return file;
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    internal sealed record ResumeState(string Request, int Step, string Weights, IReadOnlyDictionary<string, string>? Numbers = null);
}
