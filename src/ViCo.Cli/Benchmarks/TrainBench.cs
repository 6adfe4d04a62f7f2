using System.CommandLine;
using ViCo.Cli.CommandLine;
using ViCo.Benchmarks;
using ViCo.Benchmarks.Machines;

namespace ViCo.Cli.Benchmarks;

/// <summary><c>vico bench train</c>: a training step of the engine against one that does the official code's work.</summary>
internal static class TrainBench
{
    public static Command Create()
    {
        var options = new BenchOptions();
        var rounds = Ranged.Int("--rounds", "Rounds; in each, every path does one step. Default 10, 2 at sd256.", 1, 1000);
        var batch = Ranged.Int("--batch", "Samples per step. Default 4, 1 at sd256.", 1, 64);
        var verb = new Verb(
            "train",
            "A training step of the engine against one that does all the work of ViCo's official code, by turns in one process; then "
                + "what each change gives alone.",
            ("vico bench train", "on the toybox, in about a minute"),
            ("vico bench train --brief --also bf16 tome", "beside what bf16 and token merging give"),
            ("vico bench train --size sd256 --json train.json", "at Stable Diffusion's size, in about six minutes"))
        {
            rounds, batch,
        };
        options.AddTo(verb);
        options.AddDeviceTo(verb);
        options.AddPathsTo(verb);
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            var machine = Machine.Of(options.Threads(parsed));
            var large = options.IsLarge(parsed);
            var comparison = await EngineBenchmarks.TrainAsync(
                options.Setup(parsed), parsed.GetValue(rounds) ?? (large ? 2 : 10), parsed.GetValue(batch) ?? (large ? 1 : 4), new Lines(),
                cancellationToken);
            Console.WriteLine();
            machine.Print();
            ComparisonReport.Print(comparison);
            ComparisonReport.Write(options.Json(parsed), "train", options.Size(parsed), machine, ComparisonReport.ToJson(comparison));
            return comparison.Agrees ? 0 : 1;
        });
        return verb;
    }
}
