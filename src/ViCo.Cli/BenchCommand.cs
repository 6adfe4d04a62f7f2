using System.CommandLine;
using Spectre.Console;
using ViCo.Cli.Benchmarks;
using ViCo.Cli.CommandLine;
using ViCo.Cli.Concepts;
using static ViCo.Benchmarks.ComparisonReport;

namespace ViCo.Cli;

/// <summary>
/// <c>vico bench</c>: how quick the engine is beside the plain way of doing its work, and the web side beside the engine.
/// </summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var steps = Ranged.Int("--steps", "Steps of each training. Default 150.", 20, 100_000);
        var rate = Ranged.Int("--rate", "Requests per second and route. Default 20.", 1, 1000);
        var engine = new EngineArguments();
        var load = new Verb(
            "load",
            "Answer times of GET /healthz and GET /jobs/{id} while a training runs on the same cores, and what answering costs the "
                + "training.",
            ("vico bench load", "two trainings, one alone and one under 20 requests a second and route"))
        {
            steps, rate,
        };
        engine.AddTo(load);
        load.SetAction(async (parsed, cancellationToken) =>
        {
            var photos = PhotoFolder.Read(Installation.SamplePhotos);
            var result = await new ResponseTimes(engine.Choice(parsed), photos, "teapot", parsed.GetValue(steps) ?? 150,
                parsed.GetValue(rate) ?? 20)
                .MeasureAsync(cancellationToken);
            var table = new Table().Border(TableBorder.Simple).AddColumns("route", "requests", "p50 ms", "p99 ms", "max ms");
            foreach (var route in result.Routes)
            {
                table.AddRow(
                    route.Route, Number(route.Requests, "0"), Number(route.Milliseconds(0.5), "0.0"),
                    Number(route.Milliseconds(0.99), "0.0"),
                    Number(route.Milliseconds(1), "0.0"));
            }

            AnsiConsole.Write(table);
            Console.WriteLine(
                $"training step (median): alone {result.AloneStep.TotalMilliseconds:0} ms, under load "
                + $"{result.LoadedStep.TotalMilliseconds:0} ms: {result.LoadedStep / result.AloneStep - 1:+0.0 %;-0.0 %}; "
                + $"{Environment.ProcessorCount} cores");
            return 0;
        });
        return new Verb(
            "bench",
            "Measures the engine against the plain way of doing the same work, and the platform while the engine works.",
            ("vico bench train", "what each change gives a training step, on the toybox"),
            ("vico bench load", "how quick the web side stays while the engine works"))
        {
            TrainBench.Create(), SampleBench.Create(), StrangersBench.Create(), OperatorsBench.Create(), MemoryBench.Create(),
            FitBench.Create(), LoadModelBench.Create(), load,
        };
    }
}
