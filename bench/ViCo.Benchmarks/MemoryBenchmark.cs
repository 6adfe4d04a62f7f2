using ViCo.Benchmarks.PlainPath;
using ViCo.Engine.Datasets;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Generation;
using ViCo.Engine.Methods;
using ViCo.Engine.Training;
using ViCo.Engine;
using ViCo.Options;

namespace ViCo.Benchmarks;

/// <summary>What paths hold at most, and whether anything grows.</summary>
internal static class MemoryBenchmark
{
    private const int Repeats = 2;
    private const string Prompt = "a photo of a *";

    /// <summary>Optimizer steps, on the plain path or as the engine is.</summary>
    public static PathMemory Train(BenchmarkWorld world, Changes changes)
    {
        using var scope = NewDisposeScope();
        using var dataset = new ConceptDataset(world.Model, [world.Photos], world.Options);
        var pixels = cat([.. world.Photos.Select(photo => PhotoTensor.From(photo, world.Model.Device))]);
        var plain = new PlainVisualCondition(world.Model, world.Concept, changes);
        Func<TrainingBatch, LossTerms> loss = changes == Changes.All ? world.Loss : plain.Loss;
        using var optimizer = new ViCo.Engine.Training.AdamW(
            world.Concept.ParameterGroups(), world.Options.Get(TrainingOption.WeightDecay));
        return Measure(() =>
        {
            for (var step = 1; step <= Repeats; step++)
                TrainingLoop.Step(() => loss(plain.Batch(dataset, pixels, step)), optimizer);
        });
    }

    /// <summary>Denoising and decoding.</summary>
    public static PathMemory Sample(BenchmarkWorld world, Changes changes, int pictures, CancellationToken cancellationToken)
    {
        using var inference = inference_mode();
        world.FreezeConcept();
        var options = new GenerationRequest(null, [], Prompt, [1]).With(SamplingOption.SamplingSteps, Repeats)
            .With(SamplingOption.Sampler, SamplingOption.Ddim).With(SamplingOption.PublishedGuidance, true)
            .OptionsOver(world.Model.Defaults.Sampling);
        var plan = new DrawingPlan(Prompt, "", [world.Photos[0]], [0], [.. Enumerable.Range(1, pictures).Select(i => (long)i)], options);
        var cache = new ReferenceCache(1L << 30);
        var memory = Measure(() =>
        {
            using var scope = NewDisposeScope();
            if (changes == Changes.All)
            {
                new TextToImage(world.Model, cache).Draw(new Drawing(world.Concept, plan), cancellationToken);
                return;
            }
            var latents = new PlainSampling(world.Model, world.Concept, changes).Latents(plan, null, cancellationToken);
            using var attention = new UnfusedAttention();
            world.Model.Vae.Decode(latents);                     // all at once
        });
        cache.Clear();
        return memory;
    }

    /// <summary>Trains one step and draws one picture, again and again, through the engine's front door.</summary>
    public static async Task<CycleMemory> CycleAsync(
        TorchEngine engine, IReadOnlyList<PhotoFile> photos, int cycles, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var (live, resident) = (new List<long>(), new List<long>());
        for (var cycle = 1; cycle <= cycles; cycle++)
        {
            var observer = new LastCheckpoint();
            await engine.TrainAsync(new(photos, "object", OptionValues.None.With(TrainingOption.Steps, 1).With(TrainingOption.BatchSize, 1)
                .With(TrainingOption.PreviewEvery, 0).With(TrainingOption.Seed, cycle)), observer,
                cancellationToken);
            await engine.GenerateAsync(new GenerationRequest(observer.Checkpoint, [photos[0]], Prompt, [cycle])
                .With(SamplingOption.SamplingSteps, 2), observer, cancellationToken);
            await engine.ForgetAsync();                          // warm concepts and bounded caches are meant to stay: look without them
            live.Add(await engine.RunAsync(() => DisposeScopeManager.Statistics.ThreadTotalLiveCount));
            resident.Add(ProcessMemory.Resident);
            if (cycle % 10 == 0) progress?.Report($"cycle {cycle} of {cycles}: {live[^1]} live tensors, {resident[^1] >> 20} MiB resident");
        }
        return new(live, resident);
    }

    private static PathMemory Measure(Action work)
    {
        ProcessMemory.ResetPeak();
        var loaded = ProcessMemory.Resident;
        work();
        return new(loaded, ProcessMemory.Peak);
    }

    private sealed class LastCheckpoint : ITrainingObserver, IGenerationObserver
    {
        private byte[] _bytes = [];

        public StoredFile Checkpoint => new("checkpoint", () => new MemoryStream(_bytes, writable: false));

        public bool PauseRequested => false;

        public void OnStart(TrainingStart start)
        {
        }

        public void OnStep(TrainingStep step)
        {
        }

        public void OnStep(int step, int steps)
        {
        }

        public void OnWarning(string message)
        {
        }

        public void OnCheckpoint(int step, Action<Stream> write)
        {
            using var stream = new MemoryStream();
            write(stream);
            _bytes = stream.ToArray();
        }

        public void OnPreview(int step, ReadOnlyMemory<byte> png)
        {
        }

        public void OnResumePoint(int step, Action<Stream> write)
        {
        }
    }
}
