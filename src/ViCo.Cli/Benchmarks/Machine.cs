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

    private static string Allocator => Environment.GetEnvironmentVariable("GLIBC_TUNABLES") is { Length: > 0 } tunables ? tunables : DefaultAllocator;

    public void Print()
    {
        AnsiConsole.MarkupLineInterpolated(
            CultureInfo.InvariantCulture, $"{Processor.Name}, {Processor.Cores} cores, {Processor.Vectors}; {Threads} threads; float32; allocator: {Allocator}");
        AnsiConsole.MarkupLineInterpolated(
            $"bf16: {(Processor.MultipliesBFloat16 ? "not part of this comparison" : "no bf16 instructions on this processor, not measured")}");
    }

    public JsonObject ToJson() => new()
    {
        ["processor"] = Processor.Name,
        ["cores"] = Processor.Cores,
        ["vectors"] = Processor.Vectors,
        ["threads"] = Threads,
        ["allocator"] = Allocator,
        ["bf16_instructions"] = Processor.MultipliesBFloat16,
    };
}
