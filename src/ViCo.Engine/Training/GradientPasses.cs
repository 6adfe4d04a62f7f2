using ViCo.Engine.Datasets;
using ViCo.Engine.Methods;
using ViCo.Engine.Models;

namespace ViCo.Engine.Training;

/// <summary>
/// Takes batches through the loss and back, in one pass or in several that need less memory; the
/// gradients are the whole batch's either way.
/// </summary>
/// <remarks>
/// A loss is a mean over samples, so the whole batch's is the mean of its pieces', each weighed by its share of the samples. Once memory
/// has run out, pieces are half as large from then on; that happens once, the next time it is an error.
/// </remarks>
/// <param name="loss">Of a batch, differentiable, in the current scope.</param>
/// <param name="samplesPerPass">At most; null: the whole batch.</param>
/// <param name="dropCaches">Frees what can be computed again.</param>
internal sealed class GradientPasses(Func<TrainingBatch, LossTerms> loss, int? samplesPerPass, Action dropCaches)
{
    private int _samples = samplesPerPass ?? int.MaxValue;
    private bool _halved;
    private string? _warning;

    /// <summary>The gradients of one batch, and its loss in the current scope.</summary>
    /// <exception cref="DeviceMemoryException">There is not enough memory for half as many samples as before.</exception>
    public LossValues Run(TrainingBatch batch, AdamW optimizer)
    {
        while (true)
        {
            try
            {
                return Sum(batch, optimizer);
            }
            catch (Exception e) when (DeviceMemoryException.IsSignOf(e))
            {
                var samples = Math.Min(_samples, batch.Shots.Count);
                if (_halved || samples == 1)
                {
                    throw new DeviceMemoryException(
                        $"There is not enough memory for a training step with {samples} {(samples == 1 ? "sample" : "samples")} a pass. "
                        + "Take fewer samples per pass, compute blocks again instead of keeping them (--recompute), or store the "
                            + "networks in bf16.", e);
                }
                (_samples, _halved) = ((samples + 1) / 2, true);
                _warning = $"Memory ran out with {samples} samples a pass; from here on it is {_samples}, with the same gradients up "
                    + $"to rounding.";
                dropCaches();
            }
        }
    }

    /// <summary>What to tell about the last batch, once; or null.</summary>
    public string? TakeWarning()
    {
        var warning = _warning;
        _warning = null;
        return warning;
    }

    /// <summary>The gradients of one loss, and what it came to in the current scope.</summary>
    public static LossValues Once(Func<LossTerms> loss, AdamW optimizer)
    {
        optimizer.ZeroGrad();
        return Backward(loss, share: 1);
    }

    private LossValues Sum(TrainingBatch batch, AdamW optimizer)
    {
        using var scope = NewDisposeScope();
        optimizer.ZeroGrad();
        LossValues? sum = null;
        foreach (var piece in batch.Pieces(_samples))
        {
            var values = Backward(() => loss(piece), (double)piece.Shots.Count / batch.Shots.Count);
            sum = sum is null ? values : values with { Values = sum.Values.Plus(values.Values) };
        }
        sum!.Values.MoveToOuterDisposeScope();
        return sum;
    }

    /// <param name="share">Of the batch.</param>
    private static LossValues Backward(Func<LossTerms> loss, double share)
    {
        using var scope = NewDisposeScope();
        var terms = loss();
        var total = terms.Total();
        (share == 1 ? total : total.Times(share)).backward();
        Recomputation.ThrowFailure();
        var values = stack([total.detach(), .. terms.Select(t => t.Value.detach())]);
        return new((share == 1 ? values : values.Times(share)).MoveToOuterDisposeScope(), [.. terms.Select(t => (t.Name, t.Weight))]);
    }
}
