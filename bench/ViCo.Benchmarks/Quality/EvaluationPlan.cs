using ViCo.Engine;

namespace ViCo.Benchmarks.Quality;

/// <summary>What to measure. Everything left out takes the base model's own recipe.</summary>
public sealed record EvaluationPlan(EvaluationSet Set)
{
    /// <summary>Training of ViCo.</summary>
    public TrainingOverrides ViCo { get; init; } = new();

    /// <summary>Training of Textual Inversion, at its own paper's rate.</summary>
    public TrainingOverrides TextualInversion { get; init; } = new() { EmbeddingLearningRate = 5e-3 };

    /// <summary>Timesteps at which the masks are judged.</summary>
    public IReadOnlyList<int> MaskTimesteps { get; init; } = [1, 200, 400];
}
