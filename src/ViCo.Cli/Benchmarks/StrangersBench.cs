using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using ViCo.Benchmarks;
using ViCo.Benchmarks.Machines;
using ViCo.Cli.CommandLine;

namespace ViCo.Cli.Benchmarks;

/// <summary>
/// <c>vico bench strangers</c>: a step of concepts that share a pass against one of as many pictures of a single concept.
/// </summary>
internal static class StrangersBench
{
    public static Command Create()
    {
        var options = new BenchOptions();
        var rounds = Ranged.Int("--rounds", "Rounds; in each, every path draws once. Default 5.", 1, 1000);
        var concepts = Ranged.Int("--concepts", "Concepts drawn together, each with its own prompt. Default 4.", 2, 64);
        var steps = Ranged.Int("--steps", "Denoising steps of a run. Default 6.", 2, 1000);
        var verb = new Verb(
            "strangers",
            "A denoising step of several concepts with prompts of their own in one pass, against one of as many pictures of a single "
                + "concept.",
            ("vico bench strangers --concepts 8", "eight concepts on the toybox"))
        {
            rounds, concepts, steps,
        };
        options.AddTo(verb);
        options.AddDeviceTo(verb);
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            var machine = Machine.Of(options.Threads(parsed));
            var count = parsed.GetValue(concepts) ?? 4;
            var timings = await EngineBenchmarks.StrangersAsync(
                options.Setup(parsed), new(parsed.GetValue(rounds) ?? 5, count, parsed.GetValue(steps) ?? 6), new Lines(),
                cancellationToken);
            Console.WriteLine();
            machine.Print();
            var table = new Table().Border(TableBorder.Simple).AddColumns($"a step of {count} pictures", "s");
            foreach (var path in timings.Paths) table.AddRow(path.Name, ComparisonReport.Number(path.Wall, "0.000"));
            AnsiConsole.Write(table);
            Console.WriteLine(
                $"throughput of strangers: {Percent(timings.Warm)} of one concept's with cached references, {Percent(timings.Cold)} "
                + $"without; {ComparisonReport.Number(timings.Decibel, "0")} dB to each drawn alone");
            var bits = double.IsFinite(timings.PaddedDecibel) ? $"{ComparisonReport.Number(timings.PaddedDecibel, "0")} dB"
                : "the same bits";
            Console.WriteLine(
                $"a picture alone in a batch padded to {count}: {ComparisonReport.Number(timings.Padding.Value, "0.00")} times as "
                    + $"long; to strangers {bits}");
            Console.WriteLine(
                $"image blocks' linear layers, stacked: {ComparisonReport.Number(timings.Stacking.Value, "0.00")} times as quick");
            ComparisonReport.Write(options.Json(parsed), "strangers", options.Size(parsed), machine, new()
            {
                ["concepts"] = count,
                ["ratios"] = new JsonObject { ["strangers_throughput"] = timings.Warm.Value,
                    ["strangers_throughput_cold"] = timings.Cold.Value, ["padding"] = timings.Padding.Value,
                    ["stacking"] = timings.Stacking.Value },
                ["decibel"] = double.IsFinite(timings.Decibel) ? timings.Decibel : null,
            });
            return 0;
        });
        return verb;

        static string Percent(Ratio ratio) => string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"{ratio.Value:P0} ({ratio.Least:P0} to {ratio.Most:P0})");
    }
}
