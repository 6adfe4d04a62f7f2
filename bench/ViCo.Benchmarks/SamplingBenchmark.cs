using ViCo.Benchmarks.PlainPath;
using ViCo.Engine;
using ViCo.Engine.Datasets;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Generation;
using ViCo.Options;

namespace ViCo.Benchmarks;

/// <summary>
/// Sampling of several pictures of one prompt with the published guidance: the plain path, each change to it alone, the
/// engine as it is, and its approximations.
/// </summary>
/// <remarks>
/// A timing is that of one denoising step, mean over a run without its first; text, reference photo and decoding come once a request.
/// </remarks>
internal static class SamplingBenchmark
{
    /// <summary>As for training; over the steps of a run rounding grows.</summary>
    public const double Tolerance = 1e-3;

    private const string Prompt = "a photo of a *";
    private const long CacheBytes = 4L << 30;

    /// <summary>What can be measured alone.</summary>
    public static IReadOnlyList<Changes> Single { get; } = [Changes.SharedReference, Changes.BatchedOtsu, Changes.FusedAttention];

    /// <param name="alone">Changes that get a path of their own.</param>
    public static Comparison Run(
        BenchmarkWorld world, DrawingRounds load, IReadOnlyList<Changes> alone, IProgress<string>? progress,
        CancellationToken cancellationToken)
    {
        var (rounds, pictures, steps) = load;
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var options = new GenerationRequest(null, [], Prompt, [1]).With(SamplingOption.SamplingSteps, steps)
            .With(SamplingOption.Sampler, SamplingOption.Ddim).With(SamplingOption.Guidance, 7.5)
            .With(SamplingOption.PublishedGuidance, true).OptionsOver(world.Model.Defaults.Sampling);
        var plan = new DrawingPlan(Prompt, "", [world.Photos[0]], [0], [.. Enumerable.Range(1, pictures).Select(i => (long)i)], options);
        var warm = new ReferenceCache(CacheBytes);
        (string Name, Func<Action<int, int>?, Tensor> Draw)[] paths =
        [
            (Comparison.Plain, Plain(Changes.None)),
            .. alone.Select(change => (Comparison.Name(change), Plain(change))),
            ("all", Cold(world)),
            ("all, uncond cached", onStep => Ours(warm, plan, onStep)),
            ("all, prompt cached", onStep => Ours(warm, plan with { ConceptKey = "concept" }, onStep)),
            .. world.Approximate.Select(a => (a.Name, Cold(a.World))),
        ];

        // the cache now holds both halves, and everything is warm
        Ours(warm, plan with { ConceptKey = "concept" }, null).Dispose();
        foreach (var (_, other) in world.Approximate)
        {
            other.FreezeConcept();
            Cold(other)(null).Dispose();
        }

        Tensor? plain = null;
        var deviations = new Dictionary<string, double>();
        var timings = PairedRounds.Measure(rounds, [.. paths.Select(p => (p.Name, Checked(p.Name, p.Draw)))], progress, cancellationToken);
        warm.Clear();
        return Comparison.Of("sample", timings, deviations, Tolerance, world.Approximate.Select(a => a.Name));

        Func<Action<int, int>?, Tensor> Plain(Changes changes)
        {
            var sampling = new PlainSampling(world.Model, world.Concept, changes);
            return onStep => sampling.Latents(plan, onStep, cancellationToken);
        }

        // In the first round, where plain comes first, every path's latents are held against it.
        Func<int, Timing> Checked(string name, Func<Action<int, int>?, Tensor> draw) => round =>
        {
            var (latents, timing) = Timed(draw);
            if (name == Comparison.Plain && round == 1) plain = latents.clone();
            else if (round == 1) deviations[name] = (latents - plain!).norm().item<float>() / plain!.norm().item<float>();
            latents.Dispose();
            return timing;
        };

        Func<Action<int, int>?, Tensor> Cold(BenchmarkWorld of)
        {
            var drawing = plan with { Options = options.With(TrainingOption.TokenMerging, of.Options.Get(TrainingOption.TokenMerging)) };
            return onStep =>
            {
                var cache = new ReferenceCache(CacheBytes);
                try
                {
                    return new TextToImage(of.Model, cache).Latents([new(of.Concept, drawing, onStep)], cancellationToken);
                }
                finally
                {
                    cache.Clear();
                }
            };
        }

        Tensor Ours(ReferenceCache cache, DrawingPlan drawing, Action<int, int>? onStep) =>
            new TextToImage(world.Model, cache).Latents([new(world.Concept, drawing, onStep)], cancellationToken);
    }

    /// <summary>What a request takes beside its steps, each timed once.</summary>
    public static OnceARequest Once(BenchmarkWorld world, int pictures)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var latents = randn([pictures, .. world.Model.LatentShape], dtype: ScalarType.Float32, generator: generator);
        var textToImage = new TextToImage(world.Model, new(CacheBytes));
        return new(
            Time(() => PhotoTensor.ReferenceLatents(world.Model, world.Photos[0])),
            Time(() =>
            {
                using var attention = new UnfusedAttention();
                world.Model.Vae.Decode(latents);
            }),
            Time(() =>
            {
                for (var i = 0; i < pictures; i++) textToImage.Decode(latents.narrow(0, i, 1));
            }));

        static Timing Time(Action work)
        {
            using var pass = NewDisposeScope();
            var clock = new Stopclock();
            work();
            return clock.Elapsed;
        }
    }

    private static (Tensor Latents, Timing Step) Timed(Func<Action<int, int>?, Tensor> draw)
    {
        Stopclock? clock = null;
        var (timing, steps) = (default(Timing), 0);
        var latents = draw((step, total) =>
        {
            if (step == 1) clock = new Stopclock();
            else if (step == total) (timing, steps) = (clock!.Value.Elapsed, total - 1);
        });
        return (latents, new(timing.Wall / steps, timing.Processor / steps));
    }
}
