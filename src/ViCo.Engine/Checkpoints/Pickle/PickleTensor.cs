namespace ViCo.Engine.Checkpoints.Pickle;

/// <summary>A tensor as the pickle describes it, checked to lie within its storage; its numbers are still in the file.</summary>
/// <param name="Offset">Element of the storage where it starts.</param>
/// <param name="Strides">In elements, none negative.</param>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    public long Elements { get; } = Shape.Aggregate(1L, (a, b) => a * b);

    /// <summary>Elements from its first to its last, both included.</summary>
    public long Extent { get; } = Shape.Contains(0) ? 0 : 1 + Shape.Zip(Strides, (size, stride) => (size - 1) * stride).Sum();

    public bool IsContiguous
    {
        get
        {
            var expected = 1L;
            for (var d = Shape.Length - 1; d >= 0; d--)
            {
                if (Shape[d] != 1 && Strides[d] != expected)
                    return Elements == 0;
                expected *= Shape[d];
            }

            return true;
        }
    }

    public override string ToString() => $"{SafetensorsDType.Name(Storage.DType)} [{string.Join(", ", Shape)}]";
}
