using System.Globalization;
using ViCo.Engine.Methods;
using ViCo.Options;

namespace ViCo.Engine.Training;

/// <summary>Ends a training at its first loss that is no number, and says once when it has diverged.</summary>
internal sealed class LossWatch(TrainingOptions options)
{
    /// <summary>A network that predicts no noise at all has a noise loss of 1: the noise's own mean square.</summary>
    private const double Hopeless = 0.9;

    private const int Window = 10;

    private readonly Queue<double> _recent = [];
    private bool _warned;

    /// <summary>
    /// The last <see cref="Window"/> noise losses lie above <see cref="Hopeless"/> on average: a warning, the first time; otherwise null.
    /// </summary>
    /// <exception cref="NotFiniteException">A loss is NaN or infinite.</exception>
    public string? See(int step, double total, IReadOnlyList<LossPart> terms)
    {
        if (!double.IsFinite(total) || terms.Any(t => !double.IsFinite(t.Value)))
            throw NotFinite(step, $"the loss is {total.ToString(CultureInfo.InvariantCulture)}");

        if (terms.FirstOrDefault(t => t.Name == LossTerms.Noise) is not { } noise) return null;
        _recent.Enqueue(noise.Value);
        if (_recent.Count > Window) _recent.Dequeue();
        if (_warned || _recent.Count < Window || _recent.Average() is var mean && mean <= Hopeless) return null;
        _warned = true;
        return string.Create(CultureInfo.InvariantCulture,
            $"The training has diverged: the noise loss of steps {step - Window + 1} to {step} is {mean:0.00} on average, and "
                + $"predicting nothing gives 1. {Rates}");
    }

    /// <summary>The training cannot go on after <paramref name="step"/>.</summary>
    /// <param name="what">Such as: the loss is NaN.</param>
    public NotFiniteException NotFinite(int step, string what) => new(
        $"Step {step}: {what}, so the training stops; checkpoints of earlier steps are kept. {Rates} If it happens at the first step, "
            + $"the base model is damaged.");

    private string Rates => string.Create(CultureInfo.InvariantCulture,
        $"Lower the learning rates (now {options.Get(PlaceholderOption.EmbeddingLearningRate):R} for S*, "
            + $"{options.Get(VisualConditionOption.BlockLearningRate):R} for the image blocks).");
}
