using ViCo.Benchmarks.PlainPath;
using ViCo.Engine.Datasets;
using ViCo.Engine.Methods;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Benchmarks;

/// <summary>A training step: the plain path, each change to it alone, the engine as it is, and its approximations.</summary>
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
        using var ours = new Ours(world);
        var pixels = cat([.. world.Photos.Select(photo => PhotoTensor.From(photo, world.Model.Device))]);
        (string Name, Ours Ours)[] approximate = [.. world.Approximate.Select(a => (a.Name, new Ours(a.World)))];
        (float Loss, Tensor? Gradients) plain = default;
        var deviations = new Dictionary<string, double>();
        try
        {
            (string Name, Concept Concept, Func<int, float> Step)[] paths =
            [
                (Comparison.Plain, world.Concept, Plain(Changes.None)),
                .. alone.Select(change => (Comparison.Name(change), world.Concept, Plain(change))),
                ("all", world.Concept, ours.Step),
                .. approximate.Select(a => (a.Name, a.Ours.Concept, (Func<int, float>)a.Ours.Step)),
            ];

            paths[0].Step(1);                                    // warms the networks and the allocator
            foreach (var (_, other) in approximate) other.Step(1);
            var timings = PairedRounds.Measure(rounds, [.. paths.Select(p => (p.Name, Checked(p.Name, p.Concept, p.Step)))], progress,
                cancellationToken);
            return Comparison.Of("train", timings, deviations, Tolerance, approximate.Select(a => a.Name));
        }
        finally
        {
            foreach (var (_, other) in approximate) other.Dispose();
        }

        // In the first round, where plain comes first, every path's loss and gradients are held against it, beside the clock.
        Func<int, Timing> Checked(string name, Concept concept, Func<int, float> step) => round =>
        {
            var clock = new Stopclock();
            var loss = step(round);
            var timing = clock.Elapsed;
            if (round > 1) return timing;
            if (name == Comparison.Plain) plain = (loss, Gradients(concept));
            else deviations[name] = Math.Max(Math.Abs(loss - plain.Loss) / Math.Abs(plain.Loss), Distance(concept, plain.Gradients!));
            return timing;
        };

        Func<int, float> Plain(Changes changes)
        {
            var method = new PlainVisualCondition(world.Model, world.Concept, changes);
            return step => TrainingLoop.Step(() => method.Loss(method.Batch(ours.Dataset, pixels, step)), ours.Optimizer).Total;
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

    /// <summary>The engine as it is, on a world.</summary>
    private sealed class Ours : IDisposable
    {
        private readonly BenchmarkWorld _world;

        public Ours(BenchmarkWorld world)
        {
            _world = world;
            Concept = world.Concept;
            Optimizer = new(Concept.ParameterGroups(), world.Options.Get(TrainingOption.WeightDecay));
            Dataset = new(world.Model, [world.Photos], world.Options);
        }

        public Concept Concept { get; }

        public ViCo.Engine.Training.AdamW Optimizer { get; }

        public ConceptDataset Dataset { get; }

        public float Step(int step) => TrainingLoop.Step(() => _world.Loss(Dataset.Batch(step)), Optimizer).Total;

        public void Dispose()
        {
            Dataset.Dispose();
            Optimizer.Dispose();
        }
    }
}
