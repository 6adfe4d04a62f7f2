namespace ViCo.Engine;

/// <summary>
/// The one place where numbers come from a device to the host. Each call waits until the device has computed them, so each is counted.
/// </summary>
/// <remarks><c>BannedSymbols.Device.txt</c> keeps all else that waits out of the engine.</remarks>
internal static class HostRead
{
#pragma warning disable RS0030 // the one place for them
    [ThreadStatic]
    private static long _count;

    /// <summary>Calls so far on this thread.</summary>
    public static long Count => _count;

    /// <summary>All numbers, row by row, as float32.</summary>
    public static float[] Floats(Tensor values)
    {
        using var scope = NewDisposeScope();
        return Copy(values.detach().to(ScalarType.Float32)).data<float>().ToArray();
    }

    /// <summary>All numbers, row by row, as bytes; true is 1.</summary>
    public static byte[] Bytes(Tensor values)
    {
        using var scope = NewDisposeScope();
        return Copy(values.detach().to(ScalarType.Byte)).data<byte>().ToArray();
    }

    /// <summary>One truth value.</summary>
    public static bool Flag(Tensor value) => Bytes(value)[0] != 0;

    /// <summary>One number.</summary>
    public static float Number(Tensor value) => Floats(value)[0];

    /// <summary>The tensor on the CPU, contiguous; in the current scope.</summary>
    public static Tensor Copy(Tensor tensor)
    {
        _count++;
        using var scope = NewDisposeScope();
        return tensor.detach().cpu().contiguous().alias().MoveToOuterDisposeScope();
    }
#pragma warning restore RS0030
}
