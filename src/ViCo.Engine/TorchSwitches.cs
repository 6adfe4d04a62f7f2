using System.Runtime.InteropServices;
using System.Text;

namespace ViCo.Engine;

/// <summary>
/// What TorchSharp does not pass on of libtorch, of the C library's allocator and of the GPU's driver: the one
/// file that calls their exported functions.
/// </summary>
/// <remarks>
/// libtorch's are C++ functions, found under the names that GCC and Clang give them. Whatever needs a function that is not there is refused
/// by its option's name. The switches hold for the whole process.
/// </remarks>
internal static unsafe partial class TorchSwitches
{
    private const string Torch = "libtorch_cpu", Driver = "libcuda.so.1";
    private const string Deterministic = "deterministic";

    /// <summary>Whether operations without a fixed order of summation are refused or replaced by ones that have one.</summary>
    /// <exception cref="ArgumentException">This libtorch does not offer it.</exception>
    public static bool IsDeterministic =>
        ((delegate* unmanaged<nint, byte>)Exported(Torch, "_ZNK2at7Context23deterministicAlgorithmsEv", Deterministic))(Context()) != 0;

    /// <summary>Sets <see cref="IsDeterministic"/>, and with it cuDNN's choice of algorithms: fixed ones, or those it finds best.</summary>
    /// <exception cref="ArgumentException">It is to be switched on, and this libtorch does not offer it.</exception>
    public static void UseDeterministicAlgorithms(bool on)
    {
        if (!on && Found(Torch, "_ZN2at7Context26setDeterministicAlgorithmsEbb") is null) return;
        var flag = (byte)(on ? 1 : 0);
        var algorithms = Exported(Torch, "_ZN2at7Context26setDeterministicAlgorithmsEbb", Deterministic);
        var convolutions = Exported(Torch, "_ZN2at7Context21setDeterministicCuDNNEb", Deterministic);
        ((delegate* unmanaged<nint, byte, byte, void>)algorithms)(Context(), flag, 0);
        ((delegate* unmanaged<nint, byte, void>)convolutions)(Context(), flag);
    }

    /// <summary>
    /// Lets a GPU round the factors of float32 products and convolutions to TensorFloat-32, 10 bits after the point, or not.
    /// </summary>
    public static void AllowTensorFloat32(bool on)
    {
        backends.cuda.matmul.allow_tf32 = on;
        backends.cudnn.allow_tf32 = on;
    }

    /// <summary>The driver's name of a GPU, such as <c>NVIDIA H100</c>; null where no driver says.</summary>
    /// <param name="index">0 for <c>cuda:0</c>.</param>
    public static string? CudaName(int index)
    {
        if (!NativeLibrary.TryLoad(Driver, out _) || DriverInit(0) != 0 || DriverDevice(out var device, index) != 0) return null;
        var name = new byte[256];
        return DriverName(name, name.Length, device) == 0
            ? Encoding.UTF8.GetString(name.AsSpan(0, Math.Max(Array.IndexOf(name, (byte)0), 0))) : null;
    }

    /// <summary>
    /// Bytes of a GPU that nobody has; null where no driver says. What libtorch has taken and does not use counts as taken.
    /// </summary>
    /// <param name="index">0 for <c>cuda:0</c>.</param>
    public static long? CudaFree(int index)
    {
        if (!NativeLibrary.TryLoad(Driver, out _) || DriverInit(0) != 0 || DriverDevice(out var device, index) != 0) return null;
        if (DriverRetain(out var context, device) != 0) return null;
        try
        {
            if (DriverPush(context) != 0) return null;
            var error = DriverMemory(out var free, out var total);
            _ = DriverPop(out context);
            return error == 0 ? (long)free : null;
        }
        finally
        {
            _ = DriverRelease(device);
        }
    }

    /// <summary>
    /// Returns to the system the memory that the C library keeps for later. Nothing happens on a GPU, whose cache libtorch itself drops
    /// before it runs out.
    /// </summary>
    public static void ReturnUnusedMemory()
    {
        if (OperatingSystem.IsLinux()) _ = Trim(0);
    }

    /// <summary>The address of a function.</summary>
    /// <param name="library">Without its ending.</param>
    /// <param name="option">What asks for it, for the message.</param>
    /// <exception cref="ArgumentException">There is no such function.</exception>
    internal static nint Exported(string library, string function, string option) => Found(library, function)
        ?? throw new ArgumentException(
            $"Option {option} is not to be had here: {library} {__version__} has no function {function}. Leave the option out.");

    private static nint? Found(string library, string function)
    {
        _ = get_num_threads();                                       // loads libtorch
        var file = OperatingSystem.IsWindows() ? $"{library["lib".Length..]}.dll" : OperatingSystem.IsMacOS() ? $"{library}.dylib"
            : $"{library}.so";
        return NativeLibrary.TryLoad(file, typeof(torch).Assembly, null, out var handle)
            && NativeLibrary.TryGetExport(handle, function, out var address)
            ? address : null;
    }

    private static nint Context() => ((delegate* unmanaged<nint>)Exported(Torch, "_ZN2at13globalContextEv", Deterministic))();

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint keep);

    [LibraryImport(Driver, EntryPoint = "cuInit")]
    private static partial int DriverInit(uint flags);

    [LibraryImport(Driver, EntryPoint = "cuDeviceGet")]
    private static partial int DriverDevice(out int device, int index);

    [LibraryImport(Driver, EntryPoint = "cuDeviceGetName")]
    private static partial int DriverName([Out] byte[] name, int length, int device);

    [LibraryImport(Driver, EntryPoint = "cuDevicePrimaryCtxRetain")]
    private static partial int DriverRetain(out nint context, int device);

    [LibraryImport(Driver, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    private static partial int DriverRelease(int device);

    [LibraryImport(Driver, EntryPoint = "cuCtxPushCurrent_v2")]
    private static partial int DriverPush(nint context);

    [LibraryImport(Driver, EntryPoint = "cuCtxPopCurrent_v2")]
    private static partial int DriverPop(out nint context);

    [LibraryImport(Driver, EntryPoint = "cuMemGetInfo_v2")]
    private static partial int DriverMemory(out nuint free, out nuint total);
}
