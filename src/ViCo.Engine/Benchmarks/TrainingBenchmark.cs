using ViCo.Engine.Benchmarks.PlainPath;
using ViCo.Engine.Datasets;
using ViCo.Engine.Personalization;
using ViCo.Engine.Training;

namespace ViCo.Engine.Benchmarks;

/// <summary>A training step: the plain path, each change to it alone, and the engine as it is.</summary>
internal static class TrainingBenchmark
{
    /// <summary>Two orders of summation, through a backward pass, explain less; a wrong mask or a lost gradient makes far more.</summary>
    public const double Tolerance = 1e-3;

    /// <summary>What can be measured alone.</summary>
    public static IReadOnlyList<Changes> Single { get; } =
        [Changes.CachedMoments, Changes.SharedReference, Changes.OneTextPass, Changes.BatchedOtsu, Changes.FusedAttention];

    /// <param name="alone">Changes that get a path of their own.</param>
    public static Comparison Run(
        BenchmarkWorld world, int rounds, IReadOnlyList<Changes> alone, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var dataset = new ConceptDataset(world.Model, world.Photos, world.Options);
        var pixels = cat([.. world.Photos.Select(photo => PhotoTensor.From(photo, world.Model.Device))]);
        var ours = new VisualCondition(world.Model, world.Concept);
        using var optimizer = new Training.AdamW(ours.ParameterGroups, world.Options.WeightDecay);
        (string Name, Func<int, float> Step)[] paths =
        [
            (Comparison.Plain, Plain(Changes.None)),
            .. alone.Select(change => (Comparison.Name(change), Plain(change))),
            ("all", step => TrainingLoop.Step(ours, () => dataset.Batch(step), optimizer).Total),
        ];

        paths[0].Step(1);                                        // warms the networks and the allocator
        (float Loss, Tensor? Gradients) plain = default;
        var deviations = new Dictionary<string, double>();
        var timings = PairedRounds.Measure(rounds, [.. paths.Select(p => (p.Name, Checked(p.Name, p.Step)))], progress, cancellationToken);
        return Comparison.Of("train", timings, deviations, Tolerance);

        // In the first round, where plain comes first, every path's loss and gradients are held against it, beside the clock.
        Func<int, Timing> Checked(string name, Func<int, float> step) => round =>
        {
            var clock = new Stopclock();
            var loss = step(round);
            var timing = clock.Elapsed;
            if (round > 1) return timing;
            if (name == Comparison.Plain) plain = (loss, Gradients(world.Concept));
            else deviations[name] = Math.Max(Math.Abs(loss - plain.Loss) / Math.Abs(plain.Loss), Distance(world.Concept, plain.Gradients!));
            return timing;
        };

        Func<int, float> Plain(Changes changes)
        {
            var method = new PlainVisualCondition(world.Model, world.Concept, changes);
            return step => TrainingLoop.Step(method, () => method.Batch(dataset, pixels, step), optimizer).Total;
        }
    }

    private static Tensor Gradients(Concept concept)
    {
        using var scope = NewDisposeScope();
        return cat([.. concept.NamedTensors().Select(t => t.Parameter.grad!.flatten())]).MoveToOuterDisposeScope();
    }

    /// <summary>Of a concept's gradients from others, relative to the others' norm.</summary>
    private static double Distance(Concept concept, Tensor from)
    {
        using var scope = NewDisposeScope();
        return (Gradients(concept) - from).norm().item<float>() / from.norm().item<float>();
    }
}
