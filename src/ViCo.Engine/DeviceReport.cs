namespace ViCo.Engine;

/// <param name="TorchVersion">libtorch's own version.</param>
/// <param name="Threads">Threads the CPU figure was taken with.</param>
public sealed record DeviceReport(string TorchVersion, int Threads, IReadOnlyList<DeviceRate> Devices);
