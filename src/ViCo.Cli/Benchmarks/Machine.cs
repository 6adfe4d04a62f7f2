using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using ViCo.Cli.Doctor;

namespace ViCo.Cli.Benchmarks;

/// <summary>Where figures come from: they mean little without.</summary>
internal sealed record Machine(Processor Processor, int Threads)
{
    private const string DefaultAllocator = "the system's defaults";

    public static Machine Of(int threads) => new(Processor.Detect(), threads);

    /// <summary>Whether bfloat16 has instructions of its own here; without them it is slower than float32.</summary>
    public bool HasBFloat16 => Processor.Flops16PerCycle > Processor.Flops32PerCycle;

    private static string Allocator => Environment.GetEnvironmentVariable("GLIBC_TUNABLES") is { Length: > 0 } tunables ? tunables : DefaultAllocator;

    public void Print()
    {
        AnsiConsole.MarkupLineInterpolated(
            CultureInfo.InvariantCulture, $"{Processor.Name}, {Processor.Cores} cores, {Processor.Vectors}; {Threads} threads; float32; allocator: {Allocator}");
        AnsiConsole.MarkupLineInterpolated(
            $"bf16: {(HasBFloat16 ? "not part of this comparison" : "no bf16 instructions on this processor, not measured")}");
    }

    public JsonObject ToJson() => new()
    {
        ["processor"] = Processor.Name,
        ["cores"] = Processor.Cores,
        ["vectors"] = Processor.Vectors,
        ["threads"] = Threads,
        ["allocator"] = Allocator,
        ["bf16_instructions"] = HasBFloat16,
    };
}
