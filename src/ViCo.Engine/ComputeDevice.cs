using System.Globalization;

namespace ViCo.Engine;

/// <summary>Devices by the names that options and pictures use.</summary>
internal static class ComputeDevice
{
    /// <param name="name"><c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>; null or empty: the first GPU, or the CPU where there is none.</param>
    /// <exception cref="ArgumentException">There is no such device.</exception>
    public static Device Of(string? name)
    {
        var gpus = cuda.is_available() ? cuda.device_count() : 0;
        if (string.IsNullOrEmpty(name)) return gpus > 0 ? new(DeviceType.CUDA, 0) : CPU;
        if (name == "cpu") return CPU;
        var index = name == "cuda" ? 0
            : name.StartsWith("cuda:", StringComparison.Ordinal)
                && int.TryParse(name["cuda:".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var i) ? i
            : throw new ArgumentException($"Device is '{name}'; wanted cpu, or cuda:0 and so on.");
        return index < gpus ? new(DeviceType.CUDA, index)
            : throw new ArgumentException(
                $"Device is '{name}', but libtorch sees {(gpus == 0 ? "no GPU" : $"{gpus} of them: cuda:0 to cuda:{gpus - 1}")}.");
    }

    /// <summary>As pictures and <c>vico doctor</c> name it: <c>cpu</c>, or <c>cuda:0 NVIDIA H100</c>.</summary>
    public static string NameOf(Device device) => device.type == DeviceType.CPU ? "cpu"
        : $"cuda:{Math.Max(device.index, 0)} {TorchSwitches.CudaName(Math.Max(device.index, 0))}".TrimEnd();
}
