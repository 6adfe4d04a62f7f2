namespace ViCo.Engine.Checkpoints;

/// <summary>One tensor of a safetensors file, as its header describes it.</summary>
/// <param name="DType">Element type as stored.</param>
/// <param name="Shape">Row-major; empty for a scalar.</param>
/// <param name="Offset">First byte, from the start of the data section.</param>
/// <param name="ByteLength">Elements × element size, as checked when the file was opened.</param>
internal sealed record SafetensorsEntry(string Name, ScalarType DType, IReadOnlyList<long> Shape, long Offset, long ByteLength)
{
    /// <summary>Such as <c>F16 [320, 4, 3, 3]</c>, for messages.</summary>
    public override string ToString() => $"{SafetensorsDType.Name(DType)} [{string.Join(", ", Shape)}]";
}
