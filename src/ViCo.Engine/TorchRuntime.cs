using System.Runtime.InteropServices;

namespace ViCo.Engine;

/// <summary>What a process sets in libtorch before it works.</summary>
internal static partial class TorchRuntime
{
    private const int ErrorLevel = 2;

    /// <summary>
    /// Lets idle workers sleep instead of spin: on a machine that does other work too, spinning workers take
    /// the processors from those they wait for.
    /// </summary>
    /// <remarks>Read when libtorch loads its OpenMP library, so before the first torch call; a policy set by the user stays.</remarks>
    public static void WaitPassively()
    {
        // .NET's own SetEnvironmentVariable does not reach native code on Unix.
        if (!OperatingSystem.IsWindows()) _ = SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
    }

    /// <summary>Hides libtorch's warnings: without NNPACK, which many processors lack, one line per 1 × 1 convolution.</summary>
    /// <remarks>Only Python reads libtorch's environment variable for this, so the exported variable behind it is set.</remarks>
    public static void Quiet()
    {
        _ = get_num_threads();                                       // loads libtorch
        var library = OperatingSystem.IsWindows() ? "c10.dll" : OperatingSystem.IsMacOS() ? "libc10.dylib" : "libc10.so";
        if (NativeLibrary.TryLoad(library, out var handle) && NativeLibrary.TryGetExport(handle, "FLAGS_caffe2_log_level", out var level))
            Marshal.WriteInt32(level, ErrorLevel);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
