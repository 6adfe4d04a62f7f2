using System.Runtime.CompilerServices;

namespace ViCo.Benchmarks.Machines;

/// <summary>What this machine's cores could compute at best: what each could in a cycle × the clock they run at now.</summary>
/// <param name="GigaHertz">Measured, since what the system reports is often the nominal clock.</param>
internal sealed record Processor(string Name, int Cores, int ThreadsPerCore, CoreArithmetic Core, double GigaHertz)
{
    public double PeakGigaFlops32 => Core.Flops32 * GigaHertz * PhysicalCores;

    public double PeakGigaFlops16 => Core.Flops16 * GigaHertz * PhysicalCores;

    /// <summary>Two threads of one core share its arithmetic units.</summary>
    public double PhysicalCores => Math.Max(1.0, (double)Cores / ThreadsPerCore);

    public static Processor Detect() =>
        new(ModelName(), Environment.ProcessorCount, ThreadsOfACore(), CoreArithmetic.Detect(), MeasureGigaHertz());

    private static string ModelName()
    {
        const string cpuInfo = "/proc/cpuinfo";
        return File.Exists(cpuInfo)
            && File.ReadLines(cpuInfo).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            : System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static int ThreadsOfACore()
    {
        const string siblings = "/sys/devices/system/cpu/cpu0/topology/thread_siblings_list";
        if (!File.Exists(siblings)) return 1;
        // "0-1" or "0,32": how many logical processors share the first core.
        var text = File.ReadAllText(siblings).Trim();
        return text.Split(',').Sum(part => part.Split('-') is [var a, var b] ? int.Parse(b) - int.Parse(a) + 1 : 1);
    }

    /// <summary>
    /// A chain of dependent 64-bit multiplications takes three cycles each on every x64 core of the last decade, and on most Arm ones.
    /// </summary>
    private static double MeasureGigaHertz()
    {
        // Many short runs, the best counts: one of them is not interrupted even where others want the core.
        const int links = 1_000_000, cyclesPerLink = 3;
        var best = double.MaxValue;
        for (var round = 0; round < 200; round++)
        {
            var began = TimeProvider.System.GetTimestamp();
            Sink = Chain(links, 0x9E3779B97F4A7C15);
            best = Math.Min(best, TimeProvider.System.GetElapsedTime(began).TotalSeconds);
        }

        return links * (double)cyclesPerLink / best / 1e9;
    }

    private static ulong Sink { get; set; }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static ulong Chain(int links, ulong factor)
    {
        var x = factor;
        for (var i = 0; i < links; i += 10)
        {
            x *= factor; x *= factor; x *= factor; x *= factor; x *= factor;
            x *= factor; x *= factor; x *= factor; x *= factor; x *= factor;
        }

        return x;
    }
}
