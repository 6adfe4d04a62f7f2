using System.CommandLine;
using Spectre.Console;
using ViCo.Benchmarks.Quality;
using ViCo.Cli.CommandLine;
using ViCo.Cli.Concepts;
using ViCo.Cli.Plots;
using ViCo.Engine.Metrics;

namespace ViCo.Cli;

/// <summary><c>vico eval</c>: measures ViCo against Textual Inversion and the plain prompt on held-out objects.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        var set = new Option<string?>("--set")
        {
            Description = "Folder of concepts with photos, masks and world.json. Default: bench/concepts.",
            HelpName = "DIR",
        };
        var only = new Option<string?>("--only") { Description = "Only concepts whose name contains this.", HelpName = "TEXT" };
        var steps = Ranged.Int("--steps", "Training steps of every method; default: the base model's.", 1, 100_000);
        var prompts = Ranged.Int("--prompts", "Only the first so many of the set's prompts; default: all.", 1, 1000);
        var others = new Option<string[]>("--method")
        {
            Description = "A further method to compare, with its own defaults: any of vico train. May be repeated.",
            HelpName = "METHOD",
        };
        others.AcceptOnlyFromAmong([.. Options.TrainingOption.Method.Choices.Select(c => c.Value)]);
        var shard = new Option<string?>("--shard")
        {
            Description = "Only every Nth concept from the Ith on, so that several machines share the work; a run over all with the same "
                + "--out then only adds up.",
            HelpName = "I/N",
        };
        var output = new Option<string>("--out")
        {
            Description = "Folder for the tables, sheets, masks and checkpoints.",
            DefaultValueFactory = _ => Path.Combine("out", "eval"),
            HelpName = "DIR",
        };
        var engine = new EngineArguments();
        var command = new Verb(
            "eval",
            "Measures identity, prompt and mask scores of ViCo, of Textual Inversion and of the plain prompt. Minutes per object on a CPU.",
            ("vico eval --prompts 5", "the six held-out objects; the table of docs/quality.md"),
            ("vico eval --only teapot --steps 100", "a quick look at one of them"),
            ("vico eval --prompts 5 --method custom-diffusion --method dreambooth-lora", "two more methods in the table"))
        {
            set, only, steps, prompts, others, shard, output,
        };
        engine.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var all = EvaluationSet.Read(parsed.GetValue(set) ?? Path.Combine(Installation.Root, "bench", "concepts"));
            var concepts = all.Concepts.Where(c => parsed.GetValue(only) is not { } text
                || c.Name.Contains(text, StringComparison.OrdinalIgnoreCase)).ToList();
            if (concepts.Count == 0)
                throw new UsageException(
                    $"No concept's name contains '{parsed.GetValue(only)}'; there are: "
                    + $"{string.Join(", ", all.Concepts.Select(c => c.Name))}.");
            if (parsed.GetValue(shard) is { } part)
            {
                var whole = concepts.Count;
                concepts = [.. Shard(part, concepts)];
                if (concepts.Count == 0) throw new UsageException($"--shard {part} has none of the {whole} concepts.");
            }
            var plan = new EvaluationPlan(
                all with { Concepts = concepts, Prompts = [.. all.Prompts.Take(parsed.GetValue(prompts) ?? int.MaxValue)] });
            plan = plan with
            {
                Others = [.. (parsed.GetValue(others) ?? []).Distinct()
                    .Select(method => Options.OptionValues.None.With(Options.TrainingOption.Method, method))],
            };
            if (parsed.GetValue(steps) is { } count)
                plan = plan with
                {
                    ViCo = plan.ViCo.With(Options.TrainingOption.Steps, count),
                    TextualInversion = plan.TextualInversion.With(Options.TrainingOption.Steps, count),
                    Others = [.. plan.Others.Select(o => o.With(Options.TrainingOption.Steps, count))],
                };
            return RunAsync(plan, Path.GetFullPath(parsed.GetValue(output)!), engine.Choice(parsed), cancellationToken);
        });
        return command;
    }

    /// <summary>The concepts of a shard, written as <c>I/N</c>.</summary>
    private static IEnumerable<T> Shard<T>(string part, IReadOnlyList<T> all)
    {
        if (part.Split('/') is not [var first, var count] || !int.TryParse(first, out var i) || !int.TryParse(count, out var n) || i < 1
            || i > n)
            throw new UsageException($"--shard is '{part}'; wanted I/N with I from 1 to N.");
        return all.Where((_, k) => k % n == i - 1);
    }

    private static async Task<int> RunAsync(EvaluationPlan plan, string output, EngineChoice choice, CancellationToken cancellationToken)
    {
        await using var engine = await choice.OpenTorchAsync(cancellationToken);
        var report = await PhaseProgress.RunAsync("eval", progress =>
        {
            var activities = QualityEvaluation.Activities(choice.ModelFolder) + (2 * plan.Others.Count);
            var shown = new Shown(progress, [.. plan.Set.Concepts.Select(c => c.Name)], activities);
            var evaluation = new QualityEvaluation(
                engine, choice.ModelFolder, shown, Save, (rows, cell) => ContactSheet.Draw("", rows, cell)) { Load = Kept };
            return evaluation.RunAsync(plan, cancellationToken);
        });

        Save("quality.json", System.Text.Encoding.UTF8.GetBytes(report.ToJson()));
        Save("quality.csv", System.Text.Encoding.UTF8.GetBytes(QualityTables.ToCsv(report)));
        var text = string.Join('\n', report.ToMarkdown(), QualityTables.Means(report), QualityTables.Differences(report));
        Save("quality.md", System.Text.Encoding.UTF8.GetBytes(text));
        Console.WriteLine(text);
        AnsiConsole.MarkupLineInterpolated($"  {output}");
        return 0;

        byte[]? Kept(string name) => Path.Combine(output, name) is var file && File.Exists(file) ? File.ReadAllBytes(file) : null;

        void Save(string name, ReadOnlyMemory<byte> content)
        {
            var file = Path.Combine(output, name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            ConceptFolder.Write(file, content);
        }
    }

    /// <summary>Progress over all concepts, each as long as the other.</summary>
    private sealed class Shown(PhaseProgress progress, List<string> concepts, int activities) : IProgress<EvaluationProgress>
    {
        private string _concept = "";
        private readonly List<string> _activities = [];

        public void Report(EvaluationProgress value)
        {
            if (_concept != value.Concept) _activities.Clear();
            _concept = value.Concept;
            if (!_activities.Contains(value.Activity)) _activities.Add(value.Activity);
            var within = (_activities.Count - 1 + (double)value.Done / value.Total) / activities;
            progress.Report(concepts.IndexOf(value.Concept) + within, concepts.Count,
                $"{value.Concept}: {value.Activity} {value.Done}/{value.Total}");
        }
    }
}
