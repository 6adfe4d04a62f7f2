using System.Diagnostics;

namespace ViCo.Benchmarks;

/// <summary>Runs while something is measured.</summary>
internal readonly struct Stopclock()
{
    private readonly long _began = Now();
    private readonly TimeSpan _processor = Environment.CpuUsage.TotalTime;

    public Timing Elapsed =>
        new(Stopwatch.GetElapsedTime(_began, Now()).TotalSeconds, (Environment.CpuUsage.TotalTime - _processor).TotalSeconds);

    /// <summary>After every GPU has done what it was given: a call returns before.</summary>
    private static long Now()
    {
        for (var i = 0; cuda.is_available() && i < cuda.device_count(); i++) cuda.synchronize(new Device(DeviceType.CUDA, i));
        return Stopwatch.GetTimestamp();
    }
}
