namespace ViCo.Engine;

/// <summary>Sums of tensors, and arithmetic of tensors with plain numbers.</summary>
/// <remarks>
/// TorchSharp's own operators make a <see cref="Scalar"/> on the way (in a sum of two tensors the weight 1 of the second) to which
/// nothing refers while the native operation reads it. A collection on another thread then frees it: the operation fails, reads
/// another number, or takes the process down. Here every scalar outlives the call. <c>BannedSymbols.Torch.txt</c> keeps the
/// operators out of the engine and its tests.
/// </remarks>
internal static class TensorArithmetic
{
    private static readonly Scalar _one = 1L.ToScalar();

    extension(Tensor x)
    {
        /// <summary>x + y.</summary>
        public Tensor Plus(Tensor y) => x.add(y, _one);

        /// <summary>x + y.</summary>
        public Tensor Plus(long y) => With(y.ToScalar(), s => x.add(s, _one));

        /// <summary>x + y.</summary>
        public Tensor Plus(double y) => With(y.ToScalar(), s => x.add(s, _one));

        /// <summary>x - y.</summary>
        public Tensor Minus(long y) => With(y.ToScalar(), s => x.sub(s));

        /// <summary>x - y.</summary>
        public Tensor Minus(double y) => With(y.ToScalar(), s => x.sub(s));

        /// <summary>x · y.</summary>
        public Tensor Times(double y) => With(y.ToScalar(), s => x.mul(s));

        /// <summary>x / y.</summary>
        public Tensor Over(double y) => With(y.ToScalar(), s => x.div(s));

        /// <summary>Whether x &lt; y.</summary>
        public Tensor Below(long y) => With(y.ToScalar(), s => x.lt(s));

        /// <summary>x where it is at least <paramref name="low"/>, else that.</summary>
        public Tensor AtLeast(double low) => With(low.ToScalar(), s => x.clamp_min(s));

        /// <summary>x where it is at least <paramref name="low"/>, else that.</summary>
        public Tensor AtLeast(long low) => With(low.ToScalar(), s => x.clamp_min(s));

        /// <summary>x where it is at most <paramref name="high"/>, else that.</summary>
        public Tensor AtMost(double high) => With(high.ToScalar(), s => x.clamp_max(s));

        /// <summary>x where it is at most <paramref name="high"/>, else that.</summary>
        public Tensor AtMost(long high) => With(high.ToScalar(), s => x.clamp_max(s));

        /// <summary>x, with <paramref name="value"/> where the mask is true.</summary>
        public Tensor Masked(Tensor mask, double value) => With(value.ToScalar(), s => x.masked_fill(mask, s));

        /// <summary>x, in whose own memory x + y now stands.</summary>
        public Tensor AddInPlace(Tensor y) => x.add_(y, _one);

        /// <summary>x, in whose own memory x + y now stands.</summary>
        public Tensor AddInPlace(long y) => With(y.ToScalar(), s => x.add_(s, _one));

        /// <summary>x, in whose own memory x · y now stands.</summary>
        public Tensor MultiplyInPlace(double y) => With(y.ToScalar(), s => x.mul_(s));

        /// <summary>x, in whose own memory x / y now stands.</summary>
        public Tensor DivideInPlace(double y) => With(y.ToScalar(), s => x.div_(s));

        /// <summary>x, which now has <paramref name="value"/> where the mask is true.</summary>
        public Tensor FillInPlace(Tensor mask, double value) => With(value.ToScalar(), s => x.masked_fill_(mask, s));
    }

#pragma warning disable RS0030 // both name their device
    /// <summary><paramref name="count"/> times the same number.</summary>
    public static Tensor Repeated(double value, long count, ScalarType type, Device device) =>
        With(value.ToScalar(), s => full(count, s, type, device));

    /// <summary>The numbers from <paramref name="start"/> up to, not including, <paramref name="stop"/>.</summary>
    public static Tensor Counting(long start, long stop, ScalarType type, Device device)
    {
        using Scalar from = start.ToScalar(), to = stop.ToScalar();
        return arange(from, to, _one, type, device);
    }
#pragma warning restore RS0030

    private static Tensor With(Scalar scalar, Func<Scalar, Tensor> operation)
    {
        using (scalar) return operation(scalar);
    }
}
