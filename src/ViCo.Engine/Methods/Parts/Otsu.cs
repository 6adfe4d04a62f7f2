using ViCo.Engine.Models;

namespace ViCo.Engine.Methods.Parts;

/// <summary>Splits attention maps into object and background at the threshold of largest between-class variance. Otsu 1979.</summary>
/// <remarks>Every map of a batch on its own, min-max normalised, in float32, without waiting for the device.</remarks>
internal static class Otsu
{
    /// <summary>Masks [B, N], true for the object, of maps [B, N]. A constant map is kept whole.</summary>
    /// <param name="bins">Thresholds are k / bins, 0 &lt; k &lt; bins; 0 tries every value of the map.</param>
    public static Tensor Mask(Tensor maps, int bins) => Mask(maps, bins, tables: null);

    /// <inheritdoc cref="Mask(Tensor, int)"/>
    /// <param name="tables">Keep the thresholds; null: they are made for this call.</param>
    public static Tensor Mask(Tensor maps, int bins, DeviceTables? tables)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var single = maps.As(ScalarType.Float32);
        var min = single.amin([1], keepdim: true);
        var values = (single - min).div_(single.amax([1], keepdim: true).sub_(min));   // constant: 0/0, every comparison false
        var threshold = bins == 0 ? ExactThreshold(values)
            : BinThreshold(values, tables?.Of((nameof(Otsu), bins), device => Thresholds(bins, device)) ?? Thresholds(bins, values.device));
        return values.less(threshold).logical_not_().MoveToOuterDisposeScope();        // not (n < τ) rather than n ≥ τ: NaN is kept
    }

    /// <summary>[B, 1]: the first of the thresholds with the largest variance.</summary>
    private static Tensor BinThreshold(Tensor values, Tensor thresholds)
    {
        var (each, n) = (values.unsqueeze(-1), values.shape[1]);
        var low = each.less(thresholds);                                                // [B, N, K]
        var lowCount = low.sum(1, type: ScalarType.Float32);                            // [B, K]
        var (lowSum, highSum) = (each.Masked(low.logical_not(), 0).sum(1), each.Masked(low, 0).sum(1));
        var best = Variance(lowCount, lowSum, highSum, n).argmax(1, keepdim: true);
        return thresholds.take(best);
    }

    /// <summary>[bins - 1]: k / bins, each the nearest float32: 0.7 as float32 lies below 0.7.</summary>
    internal static Tensor Thresholds(int bins, Device device) =>
        TensorArithmetic.Counting(1, bins, ScalarType.Float64, device).Over(bins).to(ScalarType.Float32);

    private static Tensor ExactThreshold(Tensor values)
    {
        var sorted = values.sort(1).Values;
        var n = values.shape[1];
        var lowSum = sorted.cumsum(1).narrow(1, 0, n - 1);                              // of the first 1 .. N-1 values
        var lowCount = TensorArithmetic.Counting(1, n, ScalarType.Float32, values.device).unsqueeze(0);
        var variance = Variance(lowCount, lowSum, sorted.sum(1).unsqueeze(-1) - lowSum, n);
        // A threshold separates two different values only; between equal ones there is none.
        var parted = sorted.narrow(1, 0, n - 1).less(sorted.narrow(1, 1, n - 1));
        var best = variance.Masked(parted.logical_not(), -1).argmax(1, keepdim: true);
        return sorted.gather(1, best.Plus(1));
    }

    /// <summary>w₀ w₁ (μ₀ - μ₁)², and -1 where a side is empty.</summary>
    private static Tensor Variance(Tensor lowCount, Tensor lowSum, Tensor highSum, long n)
    {
        var highCount = lowCount.negative().AddInPlace(n);
        var difference = (lowSum / lowCount).sub_(highSum / highCount);
        var variance = (lowCount.Over(n).mul_(highCount.DivideInPlace(n)) * difference).mul_(difference);
        return variance.FillInPlace(variance.isnan(), -1);
    }
}
