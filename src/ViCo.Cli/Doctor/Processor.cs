using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace ViCo.Cli.Doctor;

/// <summary>What this machine's cores could compute at best: vector width × two fused multiply-adds a cycle × the clock they run at now.</summary>
/// <param name="Vectors">The widest vectors, in words.</param>
/// <param name="Flops32PerCycle">float32 operations of one core in one cycle; a fused multiply-add counts as two.</param>
/// <param name="Flops16PerCycle">The same for bfloat16 products summed in float32.</param>
/// <param name="GigaHertz">Measured, since what the system reports is often the nominal clock.</param>
internal sealed record Processor(string Name, int Cores, int ThreadsPerCore, string Vectors, double Flops32PerCycle, double Flops16PerCycle, double GigaHertz)
{
    public double PeakGigaFlops32 => Flops32PerCycle * GigaHertz * PhysicalCores;

    public double PeakGigaFlops16 => Flops16PerCycle * GigaHertz * PhysicalCores;

    /// <summary>Two threads of one core share its arithmetic units.</summary>
    public double PhysicalCores => Math.Max(1.0, (double)Cores / ThreadsPerCore);

    /// <summary>Whether the cores have instructions for bfloat16 products; without, libtorch has a plain loop for them.</summary>
    public static bool MultipliesBFloat16 => Width() is var (_, flops32, flops16) && flops16 > flops32;

    public static Processor Detect()
    {
        var (vectors, flops32, flops16) = Width();
        return new(ModelName(), Environment.ProcessorCount, ThreadsOfACore(), vectors, flops32, flops16, MeasureGigaHertz());
    }

    private static (string Vectors, double Flops32, double Flops16) Width()
    {
        // Two fused multiply-add units a core, each of the full width: true of server cores; single-unit cores reach half.
        if (!X86Base.IsSupported) return AdvSimd.IsSupported ? ("NEON (128 bit)", 2 * 4 * 2, 2 * 8 * 2) : ("no vectors known", 2, 2);
        var (amx, avx512Bf16) = (HasAmxBf16(), HasAvx512Bf16());
        var names = new List<string>();
        if (Avx512F.IsSupported) names.Add("AVX-512");
        else if (Avx2.IsSupported && Fma.IsSupported) names.Add("AVX2 + FMA");
        else names.Add("SSE");
        if (avx512Bf16) names.Add("AVX512-BF16");
        if (amx) names.Add("AMX-BF16");
        double flops32 = Avx512F.IsSupported ? 2 * 16 * 2 : Avx2.IsSupported && Fma.IsSupported ? 2 * 8 * 2 : 8;
        return (string.Join(", ", names), flops32, amx ? 2048 : avx512Bf16 ? 2 * flops32 : flops32);
    }

    private static bool HasAvx512Bf16() => MaxLeaf() >= 7 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;

    private static bool HasAmxBf16() => MaxLeaf() >= 7 && (X86Base.CpuId(7, 0).Edx & (1 << 22)) != 0;

    private static int MaxLeaf() => X86Base.CpuId(0, 0).Eax;

    private static string ModelName()
    {
        const string cpuInfo = "/proc/cpuinfo";
        return File.Exists(cpuInfo) && File.ReadLines(cpuInfo).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) is { } line
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

    /// <summary>A chain of dependent 64-bit multiplications takes three cycles each on every x64 core of the last decade, and on most Arm ones.</summary>
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
