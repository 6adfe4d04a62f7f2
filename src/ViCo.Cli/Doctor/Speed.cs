using System.Globalization;
using ViCo.Engine;
using ViCo.Benchmarks.Machines;

namespace ViCo.Cli.Doctor;

/// <summary>Sets what was measured beside what the cores could do, and says what may be the matter where it is less than half.</summary>
internal static class Speed
{
    public static IEnumerable<Finding> Judge(Processor processor, DeviceReport report, int matrix)
    {
        foreach (var device in report.Devices)
        {
            if (device.Threads == 0)
            {
                yield return Finding.Good(device.Name, string.Create(
                    CultureInfo.InvariantCulture,
                    $"fp32 {device.GigaFlops32:0} GFLOP/s, bf16 {device.GigaFlops16:0} GFLOP/s (product of {device.Rows16} × "
                        + $"{device.Rows16}), fp32 convolution {device.GigaFlopsConvolution:0} GFLOP/s"));
                continue;
            }

            var share = Math.Min(1, device.Threads / processor.PhysicalCores);
            var (peak32, peak16) = (processor.PeakGigaFlops32 * share, processor.PeakGigaFlops16 * share);
            var why = Why(processor, report, device);
            var (rows16, convolution) = (device.Rows16, "3 × 3 convolution, 256 channels, what U-Nets mostly do");
            yield return Judge(
                device, new("fp32", device.GigaFlops32, peak32, $"product of {matrix} × {matrix}"), [.. why, .. MathLibrary(processor)]);
            yield return Judge(device, new("fp32", device.GigaFlopsConvolution, peak32, convolution), why);
            yield return Judge(
                device, new("bf16", device.GigaFlops16, peak16, $"product of {rows16} × {rows16}"), [.. why, .. HalfPrecision(processor)]);
        }

        if (processor.Core.BFloat16Caveat is { } caveat) yield return Finding.Note("bf16", caveat);
    }

    /// <param name="Reached">GFLOP/s, as <paramref name="Peak"/>, what the cores could do at most.</param>
    /// <param name="What">Of which operation.</param>
    private sealed record Rate(string Format, double Reached, double Peak, string What);

    private static Finding Judge(DeviceRate device, Rate measured, List<string> why)
    {
        var (format, rate, peak, what) = measured;
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{device.Name}: {rate:0} GFLOP/s of {peak:0} possible ({rate / peak:P0}); {what}");
        if (rate >= peak / 2) return Finding.Good(format, text);
        var reasons = why.Count > 0 ? string.Join("; ", why)
            : "perhaps a core of this processor has one multiply-add unit, not two, or lowers its clock for wide vectors";
        return Finding.Note(format, $"{text}. Under half: {reasons}");
    }

    private static List<string> Why(Processor processor, DeviceReport report, DeviceRate device)
    {
        var reasons = new List<string>();
        if (LoadAverage() is { } load && load > processor.Cores + 0.5)
            reasons.Add(
                string.Create(CultureInfo.InvariantCulture, $"other programs want the cores too (load {load:0.0} on {processor.Cores})"));
        var one = report.Devices.FirstOrDefault(d => d.Threads == 1);
        if (device.Threads > 1 && one is not null
            && device.GigaFlops32 < 0.7 * Math.Min(device.Threads, processor.PhysicalCores) * one.GigaFlops32)
        {
            reasons.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{device.Threads} threads reach only {device.GigaFlops32 / one.GigaFlops32:0.0} times what one does, so something "
                + $"else has the cores"));
        }

        return reasons;
    }

    private static IEnumerable<string> MathLibrary(Processor processor)
    {
        if (processor.Name.Contains("AMD", StringComparison.Ordinal) && processor.Core.Flops32 > 32)
            yield return "libtorch multiplies fp32 matrices with MKL, which does not use 512-bit vectors on AMD processors; "
                + "convolutions and bf16 go through oneDNN, which does";
    }

    private static IEnumerable<string> HalfPrecision(Processor processor)
    {
        if (!processor.Core.MultipliesBFloat16)
            yield return "there are no instructions for it";
        if (processor.Core.Flops16 > 2 * processor.Core.Flops32)
            yield return "the bound is that of the processor's matrix unit (AMX), which needs large products to fill";
    }

    private static double? LoadAverage() =>
        File.Exists("/proc/loadavg")
            && double.TryParse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture, out var load) ? load : null;
}
