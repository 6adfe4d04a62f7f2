using ViCo.Engine;
using ViCo.Engine.Methods.Parts;

namespace ViCo.Benchmarks.PlainPath;

/// <summary>Otsu's threshold map by map and threshold by threshold, each decided on the host: the work of ViCo's official code.</summary>
internal static class LoopOtsu
{
    /// <summary>As <see cref="Otsu.Mask(Tensor, int)"/>, for 2 bins and more.</summary>
    public static Tensor Mask(Tensor maps, int bins)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return stack([.. Enumerable.Range(0, (int)maps.shape[0]).Select(i => MaskOfOne(maps[i].to(ScalarType.Float32), bins))])
            .MoveToOuterDisposeScope();
    }

    private static Tensor MaskOfOne(Tensor map, int bins)
    {
        using var scope = NewDisposeScope();
        var values = (map - map.min()) / (map.max() - map.min());
        var (best, threshold) = (float.NegativeInfinity, 0f);
        for (var k = 0; k < bins; k++)
        {
            using var step = NewDisposeScope();
            var candidate = (float)((double)k / bins);
            Tensor low = values.less(candidate), high = values.greater_equal(candidate);
            var share = low.to(ScalarType.Float32).mean();
            var difference = values[low].mean() - values[high].mean();           // NaN where a side is empty: never the best
            var variance = (share * share.negative().Plus(1) * difference * difference).item<float>();
            if (variance > best) (best, threshold) = (variance, candidate);
        }
        return values.less(threshold).logical_not().MoveToOuterDisposeScope();
    }
}
