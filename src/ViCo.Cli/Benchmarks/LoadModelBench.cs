using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using ViCo.Cli.CommandLine;
using ViCo.Benchmarks;
using ViCo.Benchmarks.Machines;

namespace ViCo.Cli.Benchmarks;

/// <summary><c>vico bench load-model</c>: from file to base model, from bytes to concept.</summary>
internal static class LoadModelBench
{
    public static Command Create()
    {
        var options = new BenchOptions();
        var rounds = Ranged.Int("--rounds", "Rounds of reading and loading. Default 3.", 1, 100);
        var verb = new Verb(
            "load-model",
            "How long a base model takes to load beside reading its files once, and a concept's checkpoint in memory to become ready.",
            ("vico bench load-model --size sd256", "4.3 GB, cold and warm"))
        {
            rounds,
        };
        options.AddTo(verb);
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            var machine = Machine.Of(options.Threads(parsed));
            var timings = await EngineBenchmarks.LoadAsync(options.Setup(parsed), parsed.GetValue(rounds) ?? 3, new Lines(),
                cancellationToken);
            Console.WriteLine();
            machine.Print();
            var table = new Table().Border(TableBorder.Simple)
                .AddColumns("files", "read once, s", "load, s", "load / read", "least to most");
            var ratios = new JsonObject();
            foreach (var (name, key, paths) in new[] { ("on the disk", "cold", timings.Cold), ("in the page cache", "warm", timings.Warm) })
            {
                if (paths is not [var read, var known, var hashed]) continue;
                Row($"{name}, digest known", $"load_over_read_{key}", read, known);
                Row($"{name}, hashed", $"hashed_load_over_read_{key}", read, hashed);
            }

            void Row(string name, string key, PathTimings read, PathTimings load)
            {
                var ratio = Ratio.Of(load, read);
                ratios[key] = ratio.Value;
                table.AddRow(
                    $"{timings.ModelBytes / 1e9:0.00} GB {name}", ComparisonReport.Number(read.Wall, "0.00"),
                    ComparisonReport.Number(load.Wall, "0.00"),
                    ComparisonReport.Number(ratio.Value, "0.00"),
                    $"{ComparisonReport.Number(ratio.Least, "0.00")} to {ComparisonReport.Number(ratio.Most, "0.00")}");
            }

            AnsiConsole.Write(table);
            double[] swaps = [.. timings.Swaps.Skip(1).Order()];
            var swap = swaps[swaps.Length / 2];
            Console.WriteLine(
                $"concept of {ComparisonReport.Number(timings.ConceptBytes / 1e6, "0")} MB, from bytes in memory: "
                + $"{ComparisonReport.Number(1000 * swap, "0")} ms in place of another (median; "
                + $"{ComparisonReport.Number(1000 * swaps[0], "0")} to {ComparisonReport.Number(1000 * swaps[^1], "0")}), the "
                + $"first {ComparisonReport.Number(1000 * timings.Swaps[0], "0")} ms");
            ComparisonReport.Write(options.Json(parsed), "load-model", options.Size(parsed), machine, new()
            {
                ["ratios"] = ratios,
                ["concept_swap_ms"] = 1000 * swap,
                ["concept_first_ms"] = 1000 * timings.Swaps[0],
            });
            return 0;
        });
        return verb;
    }
}
