using System.Text.Json.Nodes;
using Spectre.Console;

namespace ViCo.Benchmarks.Machines;

/// <summary>Where figures come from: they mean little without.</summary>
internal sealed record Machine(Processor Processor, int Threads)
{
    private const string DefaultAllocator = "the system's defaults";

    public static Machine Of(int threads) => new(Processor.Detect(), threads);

    private static string Allocator => Environment.GetEnvironmentVariable("GLIBC_TUNABLES") is { Length: > 0 } tunables ? tunables
        : DefaultAllocator;

    public void Print()
    {
        Console.WriteLine(
            $"{Processor.Name}, {Processor.Cores} cores, {Processor.Core.Vectors}; {Threads} threads; float32 unless a path says "
            + $"otherwise; allocator: {Allocator}");
        if (Processor.Core.BFloat16Caveat is { } caveat) AnsiConsole.MarkupLineInterpolated($"{caveat}");
    }

    public JsonObject ToJson() => new()
    {
        ["processor"] = Processor.Name,
        ["cores"] = Processor.Cores,
        ["vectors"] = Processor.Core.Vectors,
        ["threads"] = Threads,
        ["allocator"] = Allocator,
        ["bf16_instructions"] = Processor.Core.MultipliesBFloat16,
    };
}
