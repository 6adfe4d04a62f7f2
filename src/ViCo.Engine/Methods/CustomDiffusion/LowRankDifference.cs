namespace ViCo.Engine.Methods.CustomDiffusion;

/// <summary>
/// What a weight has become less what it was, as a product of two narrow matrices. Kumari et al. 2023, Custom Diffusion (arXiv:2212.04488),
/// section 3.2.
/// </summary>
/// <param name="U">Left singular vectors times the singular values [out, kept].</param>
/// <param name="V">Right singular vectors [kept, in].</param>
internal sealed record LowRankDifference(Tensor U, Tensor V)
{
    /// <summary>The share of the singular values' sum that the kept ones may come to.</summary>
    public const double Share = 0.6;

    /// <summary>The largest singular values, as long as they come to no more than the share; at least one. In the current scope.</summary>
    /// <param name="difference">[out, in].</param>
    public static LowRankDifference Of(Tensor difference, double share = Share)
    {
        using var scope = NewDisposeScope();
        var (u, values, v) = linalg.svd(difference, fullMatrices: false);
        var sums = HostRead.Floats(values.cumsum(0) / values.sum());
        var kept = Math.Max(1, sums.TakeWhile(sum => sum <= share).Count());
        return new(
            (u.narrow(1, 0, kept) * values.narrow(0, 0, kept)).MoveToOuterDisposeScope(),
            v.narrow(0, 0, kept).contiguous().MoveToOuterDisposeScope());
    }

    /// <summary>The difference again, as near as it was kept [out, in]; in the current scope.</summary>
    public Tensor Product() => U.mm(V);
}
