using System.Runtime.InteropServices;

namespace ViCo.Engine;

/// <summary>What must be said to libtorch before it loads.</summary>
internal static partial class TorchRuntime
{
    /// <summary>Hides libtorch's warnings, such as one per convolution that this processor has no NNPACK; a level set by the user stays.</summary>
    public static void Quiet()
    {
        // .NET's own SetEnvironmentVariable does not reach native code on Unix.
        if (!OperatingSystem.IsWindows()) _ = SetEnvironment("TORCH_CPP_LOG_LEVEL", "ERROR", overwrite: 0);
        else if (Environment.GetEnvironmentVariable("TORCH_CPP_LOG_LEVEL") is null)
            Environment.SetEnvironmentVariable("TORCH_CPP_LOG_LEVEL", "ERROR");
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
