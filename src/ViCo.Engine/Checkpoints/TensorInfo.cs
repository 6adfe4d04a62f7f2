namespace ViCo.Engine.Checkpoints;

/// <summary>Type and shape of a stored tensor.</summary>
/// <param name="Shape">Row-major; empty for a scalar.</param>
internal sealed record TensorInfo(ScalarType DType, IReadOnlyList<long> Shape)
{
    /// <summary>Such as <c>F16 [320, 4, 3, 3]</c>, for messages.</summary>
    public override string ToString() => $"{SafetensorsDType.Name(DType)} [{string.Join(", ", Shape)}]";
}
