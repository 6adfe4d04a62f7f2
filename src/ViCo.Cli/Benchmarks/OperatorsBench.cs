using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using ViCo.Cli.CommandLine;
using ViCo.Engine;
using ViCo.Benchmarks;
using ViCo.Benchmarks.Machines;

namespace ViCo.Cli.Benchmarks;

/// <summary><c>vico bench operators</c>: where a step's time goes, beside what the machine's matrix products reach.</summary>
internal static class OperatorsBench
{
    private const int Matrix = 2048;

    public static Command Create()
    {
        var options = new BenchOptions();
        var batch = Ranged.Int("--batch", "Samples of the training step. Default 4, 1 at sd256.", 1, 64);
        var pictures = Ranged.Int("--pictures", "Pictures of the denoising step. Default 4.", 1, 64);
        var steps = Ranged.Int("--steps", "Steps measured of each. Default 10, 1 at sd256.", 1, 1000);
        var verb = new Verb(
            "operators",
            "Time and counted operations per kind of operator, for one training step and one denoising step, beside this machine's "
                + "matrix product.",
            ("vico bench operators --size sd256", "what keeps Stable Diffusion's step from the machine's peak"))
        {
            batch, pictures, steps,
        };
        options.AddTo(verb);
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            var machine = Machine.Of(options.Threads(parsed));
            var large = options.IsLarge(parsed);
            var tables = await EngineBenchmarks.OperatorsAsync(
                options.Setup(parsed), parsed.GetValue(batch) ?? (large ? 1 : 4),
                new(Rounds: 1, parsed.GetValue(pictures) ?? 4, parsed.GetValue(steps) ?? (large ? 1 : 10)), new Lines(), cancellationToken);
            var peak = (await DeviceProbe.MeasureAsync(options.Threads(parsed), Matrix, cancellationToken)).Devices[0].GigaFlops32;
            Console.WriteLine();
            machine.Print();
            AnsiConsole.MarkupLineInterpolated(
                $"matrix product of {Matrix} × {Matrix}, float32: {ComparisonReport.Number(peak, "0")} GFLOP/s");
            var json = new JsonObject { ["matrix_product_gflops"] = peak };
            foreach (var operators in tables)
            {
                Print(operators, peak);
                json[operators.Step] = ComparisonReport.Object(operators.Shares.Select(s => (
                    s.Kind.ToString(), (JsonNode)new JsonObject { ["seconds"] = s.Seconds, ["gigaflop"] = s.GigaFlop })));
            }

            ComparisonReport.Write(options.Json(parsed), "operators", options.Size(parsed), machine, json);
            return 0;
        });
        return verb;
    }

    private static void Print(OperatorTable operators, double peak)
    {
        AnsiConsole.MarkupLineInterpolated($"one step of {operators.Step}:");
        var table = new Table().Border(TableBorder.Simple).AddColumns("operator", "s", "share", "GFLOP", "GFLOP/s", "of the product's");
        foreach (var share in operators.Shares.OrderByDescending(s => s.Seconds)) Row(share.Kind.ToString().ToLowerInvariant(),
            share.Seconds, share.GigaFlop);
        Row("all", operators.Seconds, operators.GigaFlop);
        AnsiConsole.Write(table);

        void Row(string name, double seconds, double gigaFlop)
        {
            string[] rate = gigaFlop > 0
                ? [ComparisonReport.Number(gigaFlop, "0"), ComparisonReport.Number(gigaFlop / seconds, "0"),
                    ComparisonReport.Number(gigaFlop / seconds / peak, "0 %")]
                : ["", "", ""];
            table.AddRow([name, ComparisonReport.Number(seconds, "0.000"), ComparisonReport.Number(seconds / operators.Seconds, "0 %"),
                .. rate]);
        }
    }
}
