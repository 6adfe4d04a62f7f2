namespace ViCo.Engine;

/// <summary>New tensors: empty, constant, random, or made from numbers in the host's memory. Each is told where it lies.</summary>
/// <remarks>
/// torch's own factories take the CPU where nobody names a device, which no test on a CPU would notice: <c>BannedSymbols.Device.txt</c>
/// keeps them out of the rest of the engine. Those of <see cref="TensorArithmetic"/> want a device too.
/// </remarks>
internal static class NewTensor
{
#pragma warning disable RS0030 // the one place for them
    public static Tensor Zeros(long[] shape, ScalarType type, Device device) => zeros(shape, type, device);

    public static Tensor Ones(long[] shape, ScalarType type, Device device) => ones(shape, type, device);

    /// <summary>Float32 numbers to be learned, which are zero and in no scope: whoever asks disposes of them.</summary>
    public static Parameter Learned(long[] shape, Device device) =>
        (Parameter)Parameter(zeros(shape, ScalarType.Float32, device)).DetachFromDisposeScope();

    /// <summary>Its numbers are yet to be written.</summary>
    public static Tensor Empty(long[] shape, ScalarType type, Device device) => empty(shape, type, device);

    /// <summary>One number, of no dimension.</summary>
    public static Tensor Of(long value, Device device) => tensor(value, device: device);

    /// <summary>[n] int64.</summary>
    public static Tensor Of(long[] values, Device device) => tensor(values, device: device);

    /// <summary>[n] float32.</summary>
    public static Tensor Of(float[] values, Device device) => tensor(values, device: device);

    /// <summary>[n] of 0 to 255.</summary>
    public static Tensor Of(byte[] values, Device device) => tensor(values, device: device);

    /// <summary>Standard normal float32, drawn on the CPU: one seed gives the same numbers on every device.</summary>
    public static Tensor Normal(long[] shape, Generator random, Device device) =>
        On(device, randn(shape, dtype: ScalarType.Float32, generator: random));

    /// <summary>Float32 from 0 to 1, drawn on the CPU.</summary>
    public static Tensor Uniform(long[] shape, Generator random, Device device) =>
        On(device, rand(shape, dtype: ScalarType.Float32, generator: random));
#pragma warning restore RS0030

    private static Tensor On(Device device, Tensor drawn) => device.type == DeviceType.CPU ? drawn : drawn.to(device);
}
