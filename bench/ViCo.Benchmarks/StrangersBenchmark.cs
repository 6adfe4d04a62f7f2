using ViCo.Engine;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Generation;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Options;

namespace ViCo.Benchmarks;

/// <inheritdoc cref="StrangersTimings"/>
internal static class StrangersBenchmark
{
    private const long CacheBytes = 4L << 30;

    private static readonly string[] Places =
        ["on the beach", "in the snow", "on a table", "in a wood", "in red", "at night", "in a shop", "on the Moon"];

    /// <param name="drawing">A concept for each picture.</param>
    public static StrangersTimings Run(
        BenchmarkWorld world, DrawingRounds drawing, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var (rounds, concepts, steps) = drawing;
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var options = new GenerationRequest(null, [], "", [1]).With(SamplingOption.SamplingSteps, steps)
            .With(SamplingOption.Guidance, 7.5).With(SamplingOption.ImageGuidance, 2).OptionsOver(world.Model.Defaults.Sampling);
        var others = Enumerable.Range(0, concepts).Select(k => Concept.Create(
            world.Model, BenchmarkWorld.MethodOf(world.Options), world.Options.With(TrainingOption.Seed, k), ["object"])).ToList();
        Drawing[] strangers =
            [.. others.Select((concept, k) => new Drawing(concept, Plan($"a photo of a * {Places[k % Places.Length]}", [k], $"{k}")))];
        Drawing[] one = [new(others[0], Plan("a photo of a *", [.. Enumerable.Range(0, concepts)], "0"))];
        var cache = new ReferenceCache(CacheBytes);
        try
        {
            Latents(one, cache).Dispose();                       // both are in the cache now, and everything is warm
            using var together = Latents(strangers, cache);
            var decibel = Enumerable.Range(0, concepts).Min(k =>
            {
                using var alone = Latents([strangers[k]], cache);
                return Decibel(alone, together.narrow(0, k, 1));
            });
            var paddedDecibel = Enumerable.Range(0, concepts).Min(k =>
            {
                using var padded = Latents(Copies(k), cache);
                return Decibel(padded.narrow(0, k, 1), together.narrow(0, k, 1));
            });
            using var products = new StackedProducts(world.Model.UNet, [.. others.Select(o => o.Part<ImageBlocks>()!.Modules)]);
            var timings = PairedRounds.Measure(
                rounds,
                [
                    ("one concept", _ => Timed(one, cache)), ("strangers", _ => Timed(strangers, cache)),
                    ("one concept, cold", _ => Cold(one)), ("strangers, cold", _ => Cold(strangers)),
                    ("a picture alone", _ => Timed([strangers[0]], cache)), ("a picture alone, padded", _ => Timed(Copies(0), cache)),
                    ("image blocks' products, one by one", _ => products.OneByOne()),
                    ("image blocks' products, stacked", _ => products.Stacked()),
                ], progress, cancellationToken);
            return new(timings, Ratio.Of(timings[0], timings[1]), Ratio.Of(timings[2], timings[3]), decibel, paddedDecibel,
                Ratio.Of(timings[5], timings[4]), Ratio.Of(timings[6], timings[7]));
        }
        finally
        {
            cache.Clear();
            others.ForEach(concept => concept.Dispose());
        }

        // What padding to one batch size would run: rows of the same number and shape.
        Drawing[] Copies(int k) => [.. Enumerable.Repeat(strangers[k], concepts)];

        DrawingPlan Plan(string prompt, IReadOnlyList<int> seeds, string key) =>
            new(prompt, "", [world.Photos[0]], [0], [.. seeds.Select(s => (long)s)], options, key);

        Tensor Latents(IReadOnlyList<Drawing> drawings, ReferenceCache kept) =>
            new TextToImage(world.Model, kept).Latents(drawings, cancellationToken);

        Timing Cold(IReadOnlyList<Drawing> drawings)
        {
            var empty = new ReferenceCache(CacheBytes);
            try
            {
                return Timed(drawings, empty);
            }
            finally
            {
                empty.Clear();
            }
        }

        // Mean of the steps after the first.
        Timing Timed(IReadOnlyList<Drawing> drawings, ReferenceCache kept)
        {
            var (clock, timing) = (default(Stopclock), default(Timing));
            var watched = drawings[0] with
            {
                OnStep = (step, total) =>
                {
                    if (step == 1) clock = new();
                    else if (step == total) timing = clock.Elapsed;
                },
            };
            Latents([watched, .. drawings.Skip(1)], kept).Dispose();
            return new(timing.Wall / (steps - 1), timing.Processor / (steps - 1));
        }
    }

    private static double Decibel(Tensor expected, Tensor found)
    {
        using var scope = NewDisposeScope();
        var error = (expected - found).square().mean().item<float>();
        var peak = expected.abs().max().item<float>();
        return error == 0 ? double.PositiveInfinity : 10 * Math.Log10(peak * peak / error);
    }
}
