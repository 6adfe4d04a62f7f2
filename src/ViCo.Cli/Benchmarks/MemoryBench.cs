using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using ViCo.Cli.CommandLine;
using ViCo.Engine;
using ViCo.Benchmarks;
using ViCo.Benchmarks.Machines;

namespace ViCo.Cli.Benchmarks;

/// <summary><c>vico bench memory</c>: peaks of each path in processes of their own, and whether anything grows.</summary>
internal static class MemoryBench
{
    private const int Cycles = 200;

    private static readonly (string Name, bool Train, Changes Changes, string Precision)[] Paths =
    [
        ("train-plain", true, Changes.None, Precision.Single), ("train-all", true, Changes.All, Precision.Single),
        ("train-all-bf16", true, Changes.All, Precision.BFloat16),
        ("sample-plain", false, Changes.None, Precision.Single), ("sample-all", false, Changes.All, Precision.Single),
        ("sample-all-bf16", false, Changes.All, Precision.BFloat16),
    ];

    public static Command Create()
    {
        var options = new BenchOptions();
        var cycles = Ranged.Int("--cycles",
            "Cycles of one training step and one picture. Default 200; 0: none. Resident memory is judged over the second half: the "
            + "first compiles and fills the allocator.", 0, 100_000);
        var only = new Option<string?>("--only")
        {
            Description = "Measures one path in this process and prints two numbers: bytes resident before, and the peak.",
            HelpName = "PATH",
        };
        only.AcceptOnlyFromAmong([.. Paths.Select(p => p.Name)]);
        var verb = new Verb(
            "memory",
            "Peak memory of a training step and of four pictures, plain, as the engine is and with its frozen networks in bf16 (where "
                + "the processor has instructions for it), each in a process of its own; then live tensors and resident memory over "
                + "cycles on the toybox.",
            ("vico bench memory", "on the toybox"),
            ("vico bench memory --size sd256 --cycles 0", "peaks at Stable Diffusion's size"))
        {
            cycles, only,
        };
        options.AddTo(verb);
        options.AddDeviceTo(verb);
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            var setup = options.Setup(parsed);
            var large = options.IsLarge(parsed);
            if (parsed.GetValue(only) is { } name)
            {
                var (_, train, changes, precision) = Paths.Single(p => p.Name == name);
                setup = setup with { Precision = precision };
                var memory = await (train
                    ? EngineBenchmarks.TrainMemoryAsync(setup, changes, batch: large ? 1 : 4, cancellationToken)
                    : EngineBenchmarks.SampleMemoryAsync(setup, changes, pictures: 4, cancellationToken));
                Console.WriteLine($"{memory.Loaded} {memory.Peak}");
                return 0;
            }

            var machine = Machine.Of(options.Threads(parsed));
            var json = new JsonObject();
            var table = new Table().Border(TableBorder.Simple).AddColumns("path", "resident before, MiB", "peak, MiB", "added, MiB");
            foreach (var (path, _, _, precision) in Paths)
            {
                if (precision == Precision.BFloat16 && !machine.Processor.Core.MultipliesBFloat16) continue;
                Console.WriteLine($"  {path}");
                var (loaded, peak) = await ChildAsync(
                    ["--only", path, "--size", options.Size(parsed), "--threads", $"{options.Threads(parsed)}", "--device",
                        options.Device(parsed)], cancellationToken);
                table.AddRow(path, MiB(loaded), MiB(peak), MiB(peak - loaded));
                json[$"{path.Replace('-', '_')}_peak_bytes"] = peak;
                json[$"{path.Replace('-', '_')}_added_bytes"] = peak - loaded;
            }

            var count = parsed.GetValue(cycles) ?? Cycles;
            var grows = count > 0 && await CycleAsync(setup, count, large, json, cancellationToken);
            Console.WriteLine();
            machine.Print();
            AnsiConsole.Write(table);
            if (json["cycles"] is { } summary) AnsiConsole.WriteLine(summary["text"]!.GetValue<string>());
            ComparisonReport.Write(options.Json(parsed), "memory", options.Size(parsed), machine, json);
            return grows ? 1 : 0;
        });
        return verb;
    }

    /// <summary>Whether tensors or resident memory grow.</summary>
    private static async Task<bool> CycleAsync(BenchmarkSetup setup, int cycles, bool large, JsonObject json,
        CancellationToken cancellationToken)
    {
        if (large) setup = setup with { ModelFolder = Installation.BaseModel(null) };
        var memory = await EngineBenchmarks.CycleMemoryAsync(setup, cycles, new Lines(), cancellationToken);
        var warm = cycles / 2;
        var flat = memory.LiveTensors.Skip(1).Distinct().Count() <= 1;
        var text = $"{cycles} cycles on the toybox: {memory.LiveTensors[^1]} live tensors after each{(flat ? "" : ", NOT flat")}";
        var grows = !flat;
        if (cycles - warm >= 3)
        {
            var trend = LinearTrend.Of([.. memory.Resident.Skip(warm).Select(bytes => bytes / 1024.0)]);
            text += string.Create(CultureInfo.InvariantCulture,
                $"; resident memory after the first {warm}: {trend.Slope:+0.0;-0.0} ± {trend.StandardError:0.0} KiB a cycle (slope ± "
                + $"standard error), {(trend.IsDistinct ? "distinguishable from 0" : "not distinguishable from 0")}");
            json["resident_slope_kib"] = trend.Slope;
            json["resident_slope_standard_error_kib"] = trend.StandardError;
            grows |= trend.IsDistinct && trend.Slope > 0;
        }

        json["cycles"] = new JsonObject
        {
            ["count"] = cycles, ["live_tensors_flat"] = flat, ["text"] = text,
            ["resident_kib"] = new JsonArray([.. memory.Resident.Select(bytes => JsonValue.Create(bytes >> 10))]),
        };
        return grows;
    }

    private static async Task<(long Loaded, long Peak)> ChildAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["bench", "memory", .. arguments])
        {
            RedirectStandardOutput = true,
        };
        using var child = Process.Start(start)!;
        var output = await child.StandardOutput.ReadToEndAsync(cancellationToken);
        await child.WaitForExitAsync(cancellationToken);
        if (child.ExitCode != 0 || output.Trim().Split('\n')[^1].Split(' ') is not [var loaded, var peak])
            throw new InvalidOperationException(
                $"Measuring in a process of its own ({string.Join(' ', arguments)}) ended with {child.ExitCode}: {output}");
        return (long.Parse(loaded, CultureInfo.InvariantCulture), long.Parse(peak, CultureInfo.InvariantCulture));
    }

    private static string MiB(long bytes) => (bytes >> 20).ToString("N0", CultureInfo.InvariantCulture);
}
