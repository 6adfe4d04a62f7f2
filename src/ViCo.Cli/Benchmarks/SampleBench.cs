using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using ViCo.Cli.CommandLine;
using ViCo.Benchmarks;
using ViCo.Benchmarks.Machines;

namespace ViCo.Cli.Benchmarks;

/// <summary><c>vico bench sample</c>: a denoising step of the engine against one that does the official code's work.</summary>
internal static class SampleBench
{
    /// <summary>The paper's, for the ratio of whole requests.</summary>
    private const int StepsOfARequest = 50;

    public static Command Create()
    {
        var options = new BenchOptions();
        var rounds = Ranged.Int("--rounds", "Rounds; in each, every path draws once. Default 5, 1 at sd256.", 1, 1000);
        var pictures = Ranged.Int("--pictures", "Pictures drawn at once. Default 4.", 1, 64);
        var steps = Ranged.Int("--steps", "Denoising steps of a run. Default 10, 2 at sd256.", 2, 1000);
        var verb = new Verb(
            "sample",
            "A denoising step of the engine against one that does all the work of ViCo's official code, by turns in one process; with "
                + "the published guidance (two passes), which is the one they share.",
            ("vico bench sample", "four pictures on the toybox"),
            ("vico bench sample --size sd256 --pictures 1", "one picture at Stable Diffusion's size"))
        {
            rounds, pictures, steps,
        };
        options.AddTo(verb);
        options.AddDeviceTo(verb);
        options.AddPathsTo(verb);
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            var machine = Machine.Of(options.Threads(parsed));
            var large = options.IsLarge(parsed);
            var count = parsed.GetValue(pictures) ?? 4;
            var (comparison, once) = await EngineBenchmarks.SampleAsync(
                options.Setup(parsed), new(parsed.GetValue(rounds) ?? (large ? 1 : 5), count, parsed.GetValue(steps) ?? (large ? 2 : 10)),
                new Lines(),
                cancellationToken);
            Console.WriteLine();
            machine.Print();
            AnsiConsole.MarkupLineInterpolated($"one denoising step of {count} pictures, published guidance:");
            ComparisonReport.Print(comparison);
            var request = RequestRatio(comparison, once);
            Console.WriteLine(
                $"once a request: reference photo {ComparisonReport.Number(once.Encode.Wall, "0.00")} s, decoding at once "
                + $"{ComparisonReport.Number(once.PlainDecode.Wall, "0.00")} s, one by one "
                + $"{ComparisonReport.Number(once.Decode.Wall, "0.00")} s; a request of {StepsOfARequest} steps is "
                + $"{ComparisonReport.Number(request, "0.00")} times as quick");
            var json = ComparisonReport.ToJson(comparison);
            json["pictures"] = count;
            json["once_a_request_seconds"] = new JsonObject
            {
                ["encode"] = once.Encode.Wall, ["plain_decode"] = once.PlainDecode.Wall, ["decode"] = once.Decode.Wall,
            };
            json["ratios"]!["sample_request_speedup"] = request;
            ComparisonReport.Write(options.Json(parsed), "sample", options.Size(parsed), machine, json);
            return comparison.Agrees ? 0 : 1;
        });
        return verb;
    }

    private static double RequestRatio(Comparison comparison, OnceARequest once)
    {
        var plain = StepsOfARequest * comparison.Paths[0].Wall + once.Encode.Wall + once.PlainDecode.Wall;
        return plain / (StepsOfARequest * comparison.Paths.Single(p => p.Name == "all").Wall + once.Encode.Wall + once.Decode.Wall);
    }
}
