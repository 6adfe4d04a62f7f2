using System.Runtime.InteropServices;

namespace ViCo.Engine;

/// <summary>What a process sets in libtorch before it works.</summary>
internal static class TorchRuntime
{
    private const int ErrorLevel = 2;

    /// <summary>Hides libtorch's warnings: without NNPACK, which many processors lack, one line per 1 × 1 convolution.</summary>
    /// <remarks>Only Python reads libtorch's environment variable for this, so the exported variable behind it is set.</remarks>
    public static void Quiet()
    {
        _ = get_num_threads();                                       // loads libtorch
        var library = OperatingSystem.IsWindows() ? "c10.dll" : OperatingSystem.IsMacOS() ? "libc10.dylib" : "libc10.so";
        if (NativeLibrary.TryLoad(library, out var handle) && NativeLibrary.TryGetExport(handle, "FLAGS_caffe2_log_level", out var level))
            Marshal.WriteInt32(level, ErrorLevel);
    }
}
