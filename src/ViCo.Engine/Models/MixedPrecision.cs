namespace ViCo.Engine.Models;

/// <summary>Where number types meet: frozen networks may be bfloat16, what is trained and what has to be exact is float32.</summary>
/// <remarks>Between equal types nothing is inserted: no operation, no tensor.</remarks>
internal static class MixedPrecision
{
    /// <summary>
    /// The tensor itself if it has that type, else a copy of that type in the current scope. Differentiable: the
    /// gradient comes back in the tensor's own type.
    /// </summary>
    public static Tensor As(this Tensor tensor, ScalarType dtype) => tensor.dtype == dtype ? tensor : tensor.to(dtype);

    /// <summary>As <see cref="As"/> float32, for the types that hold less; wider ones stay.</summary>
    public static Tensor AtLeastSingle(this Tensor tensor) => tensor.dtype is ScalarType.BFloat16
        or ScalarType.Float16 ? tensor.to(ScalarType.Float32) : tensor;

    /// <summary>As <c>norm.call(input)</c>, in the type of the norm's gain; the result has the input's.</summary>
    /// <remarks>
    /// Gains lie near 1, where bfloat16 steps by 1/128 and would round away what they learn. The other way round libtorch does not go
    /// everywhere: its CPU kernels take a float32 gain beside bfloat16 inputs, its CUDA kernels want one type. Both add up in float32.
    /// </remarks>
    public static Tensor Normalize(this LayerNorm norm, Tensor input)
    {
        if (norm.weight!.dtype == input.dtype) return norm.call(input);
        using var scope = NewDisposeScope();
        return norm.call(input.to(norm.weight.dtype)).to(input.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>The most negative finite number of a type.</summary>
    public static double MostNegative(ScalarType dtype) => dtype == ScalarType.BFloat16
        ? -(2 - 1 / 128.0) * Math.ScaleB(1, 127)            // float32's own would round to -∞
        : finfo(dtype).min;
}
