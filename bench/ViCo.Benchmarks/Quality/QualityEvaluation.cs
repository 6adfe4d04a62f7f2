using System.Security.Cryptography;
using System.Text;
using ViCo.Engine;
using ViCo.Engine.Datasets;
using ViCo.Engine.Generation;
using ViCo.Engine.Metrics;
using ViCo.Options;
using ViCo.Pictures;
using ViCo.Pictures.Drawing;

namespace ViCo.Benchmarks.Quality;

/// <summary>
/// Measures a base model's personalisation: trains ViCo and Textual Inversion on each concept, draws every prompt with both
/// and with the class word alone, and scores.
/// </summary>
/// <remarks>
/// Per prompt one picture for each photo: seed i + 1, with photo i as ViCo's reference. Every method draws from the same noise.
/// </remarks>
/// <param name="engine">Holds the base model.</param>
/// <param name="baseModelFolder">The same model's folder, with <c>clip/</c> and <c>dino/</c>.</param>
/// <param name="progress">Told on the engine's lane; null for nobody.</param>
/// <param name="save">Given files to keep (contact sheet, overlay and checkpoint per concept) under relative names; null for none.</param>
/// <param name="drawSheet">Makes a PNG of rows of pictures in cells of so many pixels; null: no sheets are kept.</param>
public sealed class QualityEvaluation(
    TorchEngine engine, string baseModelFolder, IProgress<EvaluationProgress>? progress = null, Action<string,
    ReadOnlyMemory<byte>>? save = null,
    Func<IReadOnlyList<SheetRow>, int, byte[]>? drawSheet = null)
{
    private const string ViCo = "ViCo", PublishedViCo = "ViCo, published guidance", TextualInversion = "Textual Inversion",
    Plain = "plain prompt";

    /// <summary>How many <see cref="EvaluationProgress.Activity"/>s a concept goes through: two trainings and every way to draw.</summary>
    public static int Activities(string baseModelFolder) => 2 + Ways(baseModelFolder).Length;

    /// <summary>Gives a file that an earlier run has kept under a name, or null; concepts that it measured so are not measured again.
    /// </summary>
    public Func<string, byte[]?> Load { get; init; } = _ => null;

    /// <summary>Runs the whole plan: minutes per concept on a CPU.</summary>
    /// <exception cref="InvalidDataException">A photo, mask or model file is not as it must be.</exception>
    public async Task<QualityReport> RunAsync(EvaluationPlan plan, CancellationToken cancellationToken)
    {
        var scorer = await engine.RunAsync(() => SimilarityScorer.Load(baseModelFolder, engine.Device));
        try
        {
            var concepts = new List<ConceptQuality>();
            foreach (var concept in plan.Set.Concepts)
            {
                var key = Key(concept, plan);
                if (Kept(concept.Name, key) is not { } measured)
                {
                    measured = await EvaluateAsync(concept, plan, scorer, cancellationToken) with { Key = key };
                    save?.Invoke(FileOf(concept.Name), Encoding.UTF8.GetBytes(measured.ToJson()));
                }
                concepts.Add(measured);
            }
            return new(engine.Info.BaseModel, engine.Info.BaseDigest, engine.Info.Device, Protocol(plan, engine.Info.Precision), concepts);
        }
        finally
        {
            await engine.RunAsync(() =>
            {
                scorer.Dispose();
                return true;
            });
        }
    }

    private static IReadOnlyList<string> Protocol(EvaluationPlan plan, string precision) =>
    [
        .. precision == Precision.Single ? Array.Empty<string>() : [$"Frozen networks in {precision}, what is trained in fp32."],
        $"{plan.Set.Prompts.Count} prompts, and for each of them one picture per photo of the concept, with photo i as reference and "
            + $"seed i + 1; "
            + "all methods start from the same noise.",
        "ViCo is guided as the base model's vico.json says; ViCo, published guidance, is the same checkpoint guided by the text alone.",
        "I_DINO and I_CLIP: mean cosine similarity between pictures and photos. T_CLIP: between pictures and the prompt with the "
            + "class word.",
        $"Mask IoU: the Otsu mask of the reference path (caption \"{EvaluationSet.PlainCaption}\", mean over t = "
            + $"{string.Join(", ", plan.MaskTimesteps)} and the photos) against the true mask, averaged to the same cells and cut at 0.5.",
    ];

    private async Task<ConceptQuality> EvaluateAsync(EvaluationConcept concept, EvaluationPlan plan, SimilarityScorer scorer,
        CancellationToken cancellationToken)
    {
        var visual = await TrainAsync(concept, ViCo, plan.ViCo
            .With(TrainingOption.Method, VisualConditionOption.Method), cancellationToken);
        var inverted = await TrainAsync(concept, TextualInversion, plan.TextualInversion
            .With(TrainingOption.Method, TextualInversionOption.Method),
            cancellationToken);

        var others = new Dictionary<string, Training>(StringComparer.Ordinal);
        foreach (var options in plan.Others)
        {
            var name = options.Get(TrainingOption.Method);
            others[name] = await TrainAsync(concept, name, options, cancellationToken);
        }

        Picture[] photos = [.. concept.Photos.Select(p => PictureCodec.Decode(p.Content, p.Name))];
        var photoFeatures = await engine.RunAsync(() => scorer.Features(photos));
        try
        {
            var rows = new List<SheetRow> { new($"{concept.Name}: the photos", photos) };
            var methods = new List<MethodQuality>();
            foreach (var method in Ways(baseModelFolder).SkipLast(1).Concat(others.Keys).Append(Plain))
            {
                var training = method switch
                {
                    TextualInversion => inverted, Plain => null, _ => others.GetValueOrDefault(method, visual),
                };
                var scores = new List<PromptScores>();
                foreach (var (prompt, index) in plan.Set.Prompts.Select((p, i) => (p, i)))
                {
                    progress?.Report(new(concept.Name, $"draw with {method}", index, plan.Set.Prompts.Count));
                    var asked = Prompts.WithClassWord(prompt, concept.ClassWord);
                    var pictures = await DrawAsync(concept, method, training, prompt, cancellationToken);
                    rows.Add(new($"{method}: {(method == Plain ? asked : prompt)}", pictures));
                    scores.Add(new(prompt, await engine.RunAsync(() =>
                    {
                        using var features = scorer.Features(pictures);
                        return scorer.Score(photoFeatures, features, asked);
                    })));
                }

                methods.Add(new(method, scores, method == PublishedViCo ? 0 : training?.Seconds ?? 0));
            }

            SaveSheet($"{concept.Name}/sheet.png", rows, cell: 128);
            save?.Invoke($"{concept.Name}/vico.safetensors", visual.Content);
            return new(concept.Name, methods, await MasksAsync(concept, visual, plan, photos, cancellationToken))
            {
                Ceiling = photos.Length < 2 ? null : await CeilingAsync(concept, photoFeatures, scorer, cancellationToken),
            };
        }
        finally
        {
            await engine.RunAsync(() =>
            {
                photoFeatures.Dispose();
                return true;
            });
        }
    }

    private async Task<Ceiling> CeilingAsync(EvaluationConcept concept, PictureFeatures photos, SimilarityScorer scorer,
        CancellationToken cancellationToken)
    {
        var decoded = await engine.DecodedAsync(concept.Photos, cancellationToken);
        return await engine.RunAsync(() =>
        {
            using var features = scorer.Features(decoded);
            return Ceiling.Of(photos, features);
        });
    }

    /// <summary>The figures that an earlier run has kept of a concept, where all that they depend on is the same.</summary>
    private ConceptQuality? Kept(string concept, string key) => Load(FileOf(concept)) is { } bytes
        && ConceptQuality.FromJson(bytes) is { } measured && measured.Key == key ? measured : null;

    private static string FileOf(string concept) => $"{concept}/quality.json";

    private string Key(EvaluationConcept concept, EvaluationPlan plan) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', [
            "quality-2", engine.Info.BaseDigest, engine.Info.Precision, $"{BaseModelDefaults.Read(baseModelFolder).Training}",
            $"{BaseModelDefaults.Read(baseModelFolder).Sampling}", $"{plan.ViCo}", $"{plan.TextualInversion}",
            .. plan.Others.Select(o => $"{o}"), .. plan.Set.Prompts, string.Join(",", plan.MaskTimesteps),
            .. concept.Photos.Concat(concept.Masks).Select(p => Convert.ToHexStringLower(SHA256.HashData(p.Content.Span))),
            concept.ClassWord, concept.InitWord,
        ]))));

    /// <summary>Who draws. The published guidance is a row of its own where the base model's recipe has another.</summary>
    private static string[] Ways(string baseModelFolder) =>
        BaseModelDefaults.Read(baseModelFolder).Sampling.Get(SamplingOption.ImageGuidance) is null
        ? [ViCo, TextualInversion, Plain]
        : [ViCo, PublishedViCo, TextualInversion, Plain];

    private async Task<Training> TrainAsync(EvaluationConcept concept, string method, OptionValues options,
        CancellationToken cancellationToken)
    {
        var observer = new Training(progress, concept.Name, method);
        var quiet = options.With(TrainingOption.PreviewEvery, 0).With(TrainingOption.ResumeEvery, 100_000)
            .With(TrainingOption.CheckpointEvery, 100_000);
        await engine.TrainAsync(new(concept.Photos, concept.InitWord, quiet), observer, cancellationToken);
        return observer;
    }

    private async Task<Picture[]> DrawAsync(
        EvaluationConcept concept, string method, Training? training, string prompt, CancellationToken cancellationToken)
    {
        var asked = Prompts.WithClassWord(prompt, concept.ClassWord);
        long[] seeds = [.. Enumerable.Range(1, concept.Photos.Count).Select(i => (long)i)];
        var images = new List<GeneratedImage>();
        if (method is ViCo or PublishedViCo)
        {
            // Another reference for every picture, so one request each.
            for (var i = 0; i < seeds.Length; i++)
            {
                images.AddRange(await engine.GenerateAsync(
                    new GenerationRequest(training!.Checkpoint, [concept.Photos[i]], prompt, [seeds[i]])
                    {
                        Options = OptionValues.None.With(SamplingOption.PublishedGuidance, method == PublishedViCo),
                        CacheKey = concept.Name,
                    }, new Silence(), cancellationToken));
            }
        }
        else
        {
            images.AddRange(await engine.GenerateAsync(
                new(training?.Checkpoint, [], training is null ? asked : prompt, seeds), new Silence(), cancellationToken));
        }

        return [.. images.Select(image => PictureCodec.Decode(image.Png, $"{concept.Name} seed {image.Seed}"))];
    }

    private async Task<IReadOnlyList<LayerOverlap>> MasksAsync(
        EvaluationConcept concept, Training visual, EvaluationPlan plan, Picture[] photos, CancellationToken cancellationToken)
    {
        var maps = await engine.AttendAsync(new(visual.Checkpoint, concept.Photos, EvaluationSet.PlainCaption, plan.MaskTimesteps),
            cancellationToken);
        SaveSheet($"{concept.Name}/masks.png", MaskRows(photos, maps), cell: 192);
        if (concept.Masks.Count == 0)
            return [];

        var fit = PhotoTensor.FitOf(plan.ViCo);
        return MaskOverlap.ByLayer([.. concept.Masks.Select(m => MaskOverlap.Square(m, engine.Info.ImageSize, fit))], maps);
    }

    private void SaveSheet(string name, IReadOnlyList<SheetRow> rows, int cell)
    {
        if (drawSheet is not null) save?.Invoke(name, drawSheet(rows, cell));
    }

    /// <summary>For each photo the last layer's map and mask at the middle timestep.</summary>
    private static IReadOnlyList<SheetRow> MaskRows(Picture[] photos, IReadOnlyList<AttentionMap> maps)
    {
        var layer = maps.Max(m => m.Layer);
        var timesteps = maps.Select(m => m.Timestep).Distinct().Order().ToList();
        var shown = maps.Where(m => m.Layer == layer && m.Timestep == timesteps[timesteps.Count / 2]).OrderBy(m => m.Photo).ToList();
        return
        [
            new("photos", photos),
            new($"attention to S★ at block {layer}",
                [.. shown.Select(m => Overlay.Heat(photos[m.Photo], m.Map.ToArray(), m.Width, m.Height))]),
            new("object mask", [.. shown.Select(m => Overlay.Mask(photos[m.Photo], [.. m.Mask.Select(b => (float)b)], m.Width, m.Height))]),
        ];
    }

    /// <summary>Keeps a training's last checkpoint and adds up its time.</summary>
    private sealed class Training(IProgress<EvaluationProgress>? progress, string concept, string method) : ITrainingObserver
    {
        private string? _digest;

        public bool PauseRequested => false;

        /// <summary>The last checkpoint's bytes.</summary>
        public ReadOnlyMemory<byte> Content { get; private set; }

        public StoredFile Checkpoint => new($"{method} of {concept}", () => new MemoryStream(Content.ToArray(), writable: false))
        {
            Digest = _digest,
        };

        public double Seconds { get; private set; }

        public void OnStart(TrainingStart start)
        {
        }

        public void OnStep(TrainingStep step)
        {
            Seconds += step.Seconds;
            progress?.Report(new(concept, $"train {method}", step.Step, step.Steps));
        }

        public void OnWarning(string message) => progress?.Report(new(concept, message, 0, 1));

        public void OnCheckpoint(int step, Action<Stream> write)
        {
            using var stream = new MemoryStream();
            write(stream);
            Content = stream.ToArray();
            _digest = Convert.ToHexStringLower(SHA256.HashData(Content.Span));
        }

        public void OnResumePoint(int step, Action<Stream> write)
        {
        }

        public void OnPreview(int step, ReadOnlyMemory<byte> png)
        {
        }
    }

    private sealed class Silence : IGenerationObserver
    {
        public void OnStep(int step, int steps)
        {
        }
    }
}
