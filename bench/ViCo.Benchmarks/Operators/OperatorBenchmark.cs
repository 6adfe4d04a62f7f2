using System.Diagnostics;
using ViCo.Engine;
using ViCo.Engine.Datasets;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Generation;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Benchmarks.Operators;

/// <summary>Where the time of a training step and of a denoising step goes, the engine as it is.</summary>
internal static class OperatorBenchmark
{
    private const string Prompt = "a photo of a *";

    /// <param name="steps">Measured, after one that warms.</param>
    public static OperatorTable Train(BenchmarkWorld world, int steps, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var dataset = new ConceptDataset(world.Model, [world.Photos], world.Options);
        using var optimizer = new ViCo.Engine.Training.AdamW(
            world.Concept.ParameterGroups(), world.Options.Get(TrainingOption.WeightDecay));
        var timeline = new OperatorTimeline();
        using var hooks = new OperatorHooks(timeline, world.Model.UNet, world.Model.TextEncoder, world.Blocks);
        for (var step = 0; step <= steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (step == 1) timeline.Clear();
            using var one = NewDisposeScope();
            var loss = world.Loss(dataset.Batch(step + 1)).Total();
            optimizer.ZeroGrad();
            timeline.Begin(OperatorKind.Other);
            loss.backward();
            timeline.Begin(OperatorKind.Optimizer);
            optimizer.Step();
            timeline.Begin(OperatorKind.Other);
        }
        var batch = world.Options.Get(TrainingOption.BatchSize);
        return new($"training, {batch} per batch", WithOtsu(timeline.Shares(steps), world, batch));
    }

    /// <param name="steps">Measured, after one that warms.</param>
    public static OperatorTable Sample(BenchmarkWorld world, int pictures, int steps, CancellationToken cancellationToken)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var options = new GenerationRequest(null, [], Prompt, [1]).With(SamplingOption.SamplingSteps, steps + 1)
            .With(SamplingOption.Sampler, SamplingOption.Ddim).With(SamplingOption.PublishedGuidance, true)
            .OptionsOver(world.Model.Defaults.Sampling);
        var plan = new DrawingPlan(Prompt, "", [world.Photos[0]], [0], [.. Enumerable.Range(1, pictures).Select(i => (long)i)], options);
        var timeline = new OperatorTimeline();
        var cache = new ReferenceCache(1L << 30);
        IReadOnlyList<OperatorShare> shares = [];
        using (new OperatorHooks(timeline, world.Model.UNet, world.Blocks))
        {
            new TextToImage(world.Model, cache).Latents(
                [new(world.Concept, plan, (step, total) =>
                {
                    if (step == 1) timeline.Clear();
                    else if (step == total) shares = timeline.Shares(steps);
                })],
                cancellationToken);
        }
        cache.Clear();
        return new($"sampling, {pictures} pictures, cold concept", WithOtsu(shares, world, 2));
    }

    /// <summary>Masks are made where no layer reports: timed on their own, and taken out of the rest.</summary>
    /// <param name="maps">Reference rows of a step.</param>
    private static IReadOnlyList<OperatorShare> WithOtsu(IReadOnlyList<OperatorShare> shares, BenchmarkWorld world, int maps)
    {
        const int repeats = 5;
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var prompt = world.Model.Tokenizer.Encode(Prompt, new Dictionary<string, int> { ["*"] = 0 });
        using var positions = TokenPositions.Of([.. Enumerable.Repeat(prompt, maps)], world.Model.Device);
        var text = new AttentionContext(
            world.Model.TextEncoder.call(world.Model.Ids([.. Enumerable.Repeat(prompt, maps)]), world.Concept.Join(new(), Share.Whole)));
        var latents = randn([maps, .. world.Model.LatentShape], dtype: ScalarType.Float32, generator: generator);
        using var features = ReferenceFeatures.Compute(world.Model.UNet, latents, zeros(maps), text, world.Blocks.Layers);
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < repeats; i++) ObjectMask.Masks(features, positions.Placeholder,
            world.Concept.Options.Get(VisualConditionOption.OtsuBins));
        var otsu = Stopwatch.GetElapsedTime(began).TotalSeconds / repeats;
        return [.. shares.Select(s => s.Kind switch
        {
            OperatorKind.Otsu => s with { Seconds = otsu },
            OperatorKind.Other => s with { Seconds = Math.Max(s.Seconds - otsu, 0) },
            _ => s,
        })];
    }
}
