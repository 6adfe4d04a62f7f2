namespace ViCo.Engine.Methods.CustomDiffusion;

/// <summary>
/// A weight that does on some inputs what is wanted of it, and on all others as nearly as can be what it did. Kumari et al. 2023, Custom
/// Diffusion (arXiv:2212.04488), section 3.3, in closed form.
/// </summary>
internal static class ConstrainedMerge
{
    /// <summary>
    /// W' = W + (Vᵀ - W Kᵀ)(d Kᵀ)⁻¹ d with d = K C⁻¹; [out, in] in the weight's number type and the current scope.
    /// </summary>
    /// <param name="weight">W [out, in].</param>
    /// <param name="inputs">K [n, in], no two rows alike: see <see cref="Distinct"/>.</param>
    /// <param name="wanted">V [n, out]: what W' is to give for them.</param>
    /// <param name="others">C [in, in]: the sum of x xᵀ over the inputs whose outputs should stay.</param>
    public static Tensor Of(Tensor weight, Tensor inputs, Tensor wanted, Tensor others)
    {
        using var scope = NewDisposeScope();
        // In double precision: both systems are badly conditioned where inputs look alike.
        var (w, k, v, c) = (Double(weight), Double(inputs), Double(wanted), Double(others));
        var d = linalg.solve(c, k.t()).t();
        var change = (v.t() - w.mm(k.t())).mm(linalg.solve(d.mm(k.t()), d));
        return w.Plus(change).to(weight.dtype).MoveToOuterDisposeScope();

        static Tensor Double(Tensor x) => x.to(ScalarType.Float64);
    }

    /// <summary>The rows that equal none before them, ascending: of rows alike only the first can have its way.</summary>
    /// <param name="inputs">[n, in].</param>
    public static IReadOnlyList<int> Distinct(Tensor inputs)
    {
        using var scope = NewDisposeScope();
        var count = (int)inputs.shape[0];
        var alike = HostRead.Bytes(inputs.unsqueeze(0).eq(inputs.unsqueeze(1)).all(dim: -1));
        return [.. Enumerable.Range(0, count).Where(i => Enumerable.Range(0, i).All(j => alike[i * count + j] == 0))];
    }
}
