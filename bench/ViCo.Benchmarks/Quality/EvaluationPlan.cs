using ViCo.Engine;
using ViCo.Options;

namespace ViCo.Benchmarks.Quality;

/// <summary>What to measure. Everything left out takes the base model's own recipe.</summary>
public sealed record EvaluationPlan(EvaluationSet Set)
{
    /// <summary>Training of ViCo.</summary>
    public OptionValues ViCo { get; init; } = OptionValues.None;

    /// <summary>Training of Textual Inversion, at its own paper's rate.</summary>
    public OptionValues TextualInversion { get; init; } = OptionValues.None.With(PlaceholderOption.EmbeddingLearningRate, 5e-3);

    /// <summary>
    /// Further methods to compare, each a training with <see cref="TrainingOption.Method"/>; they draw without references.
    /// </summary>
    public IReadOnlyList<OptionValues> Others { get; init; } = [];

    /// <summary>Timesteps at which the masks are judged.</summary>
    public IReadOnlyList<int> MaskTimesteps { get; init; } = [1, 200, 400];
}
