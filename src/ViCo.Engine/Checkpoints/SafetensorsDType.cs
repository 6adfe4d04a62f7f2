namespace ViCo.Engine.Checkpoints;

/// <summary>The element types of the format that torch has too.</summary>
internal static class SafetensorsDType
{
    private static readonly (string Name, ScalarType Type, int Size)[] Known =
    [
        ("F64", ScalarType.Float64, 8), ("I64", ScalarType.Int64, 8),
        ("F32", ScalarType.Float32, 4), ("I32", ScalarType.Int32, 4),
        ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2), ("I16", ScalarType.Int16, 2),
        ("I8", ScalarType.Int8, 1), ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    public static string AllNames { get; } = string.Join(", ", Known.Select(k => k.Name));

    public static ScalarType? Parse(string name) =>
        Array.Find(Known, k => k.Name == name) is { Size: > 0 } known ? known.Type : null;

    public static string Name(ScalarType type) => Find(type).Name;

    /// <summary>Bytes of one element.</summary>
    public static int Size(ScalarType type) => Find(type).Size;

    private static (string Name, ScalarType Type, int Size) Find(ScalarType type) =>
        Array.Find(Known, k => k.Type == type && k.Size > 0) is { Size: > 0 } known
            ? known
            : throw new ArgumentException($"Safetensors holds no {type} tensors; wanted one of {AllNames}.", nameof(type));
}
