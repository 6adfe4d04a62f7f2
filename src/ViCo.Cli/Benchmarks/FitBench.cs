using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using ViCo.Benchmarks;
using ViCo.Benchmarks.Machines;
using ViCo.Cli.CommandLine;

namespace ViCo.Cli.Benchmarks;

/// <summary><c>vico bench fit</c>: whether training and drawing fit into the memory that this process may take.</summary>
internal static class FitBench
{
    private const int Pixels = 512, StepsOfATraining = 400;

    public static Command Create()
    {
        var options = new BenchOptions(BenchOptions.Toybox, BenchOptions.Large);
        var batch = Ranged.Int("--batch", "Samples per step, one a pass. Default 4.", 1, 64);
        var steps = Ranged.Int("--steps", "Training steps. Default 3.", 3, 1000);
        var verb = new Verb(
            "fit",
            "A few training steps, one sample a pass with the U-Net's blocks computed again, and one picture in two steps: their "
                + "peaks and times, and what 400 steps would take. Set the limit from outside.",
            ("vico bench fit", "on the toybox, in seconds"),
            ("prlimit --data=8589934592 ./vico bench fit --size sd512", "Stable Diffusion's size, 512 px, in 8 GiB"))
        {
            batch, steps,
        };
        options.AddTo(verb);
        options.AddDeviceTo(verb);
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            var machine = Machine.Of(options.Threads(parsed));
            var samples = parsed.GetValue(batch) ?? 4;
            var made = await EngineBenchmarks.FitAsync(
                options.Setup(parsed), Pixels, new(parsed.GetValue(steps) ?? 3, samples), new Lines(), cancellationToken);
            var table = new Table().Border(TableBorder.Simple).AddColumns("step", "s", "resident at most, MiB");
            var json = new JsonArray();
            foreach (var step in made)
            {
                table.AddRow(step.Name, step.Seconds.ToString("0.0", CultureInfo.InvariantCulture),
                    (step.Peak >> 20).ToString("N0", CultureInfo.InvariantCulture));
                json.Add(new JsonObject { ["name"] = step.Name, ["seconds"] = step.Seconds, ["peak_bytes"] = step.Peak });
            }
            Console.WriteLine();
            machine.Print();
            AnsiConsole.Write(table);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{StepsOfATraining} steps of {samples} samples: {StepsOfATraining} x {made[^2].Seconds:0.0} s = "
                    + $"{StepsOfATraining * made[^2].Seconds / 3600:0.0} h."));
            ComparisonReport.Write(options.Json(parsed), "fit", options.Size(parsed), machine, new() { ["steps"] = json });
            return 0;
        });
        return verb;
    }
}
