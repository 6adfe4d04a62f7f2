using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace ViCo.Cli.Concepts;

/// <summary>One array, row by row, as numpy stores it.</summary>
/// <param name="Type">numpy's name of the element type, such as <c>&lt;f4</c>.</param>
internal sealed record NumpyArray(string Name, string Type, IReadOnlyList<int> Shape, byte[] Content)
{
    /// <param name="shape">With as many cells as there are values.</param>
    public static NumpyArray Of<T>(string name, IReadOnlyList<int> shape, T[] values) where T : unmanaged
    {
        if (shape.Aggregate(1L, (all, side) => all * side) != values.Length)
            throw new ArgumentException($"Array '{name}' of [{string.Join(", ", shape)}] got {values.Length} values.");
        var type = default(T) switch
        {
            bool => "|b1",
            int => "<i4",
            float => "<f4",
            double => "<f8",
            _ => throw new ArgumentException($"Array '{name}' is of {typeof(T)}; wanted bool, int, float or double."),
        };
        return new(name, type, shape, MemoryMarshal.AsBytes<T>(values).ToArray());
    }

    /// <summary>As a <c>.npy</c> of version 1.0.</summary>
    public byte[] ToNpy()
    {
        var shape = Shape is [var only] ? $"{only}," : string.Join(", ", Shape);            // Python's tuples
        var header = $"{{'descr': '{Type}', 'fortran_order': False, 'shape': ({shape}), }}";
        const int Before = 10, Alignment = 64;
        header = header.PadRight(((Before + header.Length + Alignment) / Alignment * Alignment) - Before - 1) + '\n';
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
        return [0x93, .. "NUMPY"u8, 1, 0, .. length, .. Encoding.ASCII.GetBytes(header), .. Content];
    }
}
