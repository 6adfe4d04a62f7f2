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

    private static readonly Changes[] Single =
        [Changes.CachedMoments, Changes.SharedReference, Changes.OneTextPass, Changes.BatchedOtsu, Changes.FusedAttention];

    public static Comparison Run(BenchmarkWorld world, int rounds, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var dataset = new ConceptDataset(world.Model, world.Photos, world.Options);
        var pixels = cat([.. world.Photos.Select(photo => PhotoTensor.From(photo, world.Model.Device))]);
        var ours = new VisualCondition(world.Model, world.Concept);
        using var optimizer = new Training.AdamW(ours.ParameterGroups, world.Options.WeightDecay);
        (string Name, Func<int, float> Step)[] paths =
        [
            (Comparison.Plain, Plain(Changes.None)),
            .. Single.Select(change => (Comparison.Name(change), Plain(change))),
            ("all", step => TrainingLoop.Step(ours, () => dataset.Batch(step), optimizer).Total),
        ];

        var deviations = Deviations(world.Concept, paths, progress, cancellationToken);
        var timings = PairedRounds.Measure(rounds, [.. paths.Select(p => (p.Name, Timed(p.Step)))], progress, cancellationToken);
        return Comparison.Of("train", timings, deviations, Tolerance);

        Func<int, float> Plain(Changes changes)
        {
            var method = new PlainVisualCondition(world.Model, world.Concept, changes);
            return step => TrainingLoop.Step(method, () => method.Batch(dataset, pixels, step), optimizer).Total;
        }
    }

    /// <summary>The same batch must give the same loss and the same gradients on every path. Without the clock, it also warms everything.</summary>
    private static Dictionary<string, double> Deviations(
        Concept concept, (string Name, Func<int, float> Step)[] paths, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var plainLoss = paths[0].Step(1);
        var plain = Gradients(concept);
        var norm = plain.norm().item<float>();
        var deviations = new Dictionary<string, double>();
        foreach (var (name, step) in paths.Skip(1))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var comparing = NewDisposeScope();
            var loss = step(1);
            deviations[name] = Math.Max(Math.Abs(loss - plainLoss) / Math.Abs(plainLoss), (Gradients(concept) - plain).norm().item<float>() / norm);
            progress?.Report($"check: loss and gradients of '{name}' deviate by {deviations[name]:0.0e+0}");
        }
        return deviations;
    }

    private static Tensor Gradients(Concept concept)
    {
        using var scope = NewDisposeScope();
        return cat([.. concept.NamedTensors().Select(t => t.Parameter.grad!.flatten())]).MoveToOuterDisposeScope();
    }

    private static Func<int, Timing> Timed(Func<int, float> step) => round =>
    {
        var clock = new Stopclock();
        step(round);
        return clock.Elapsed;
    };
}
