using System.Globalization;
using Spectre.Console;
using ViCo.Cli.CommandLine;
using ViCo.Cli.Concepts;
using ViCo.Cli.Platform;
using ViCo.Cli.Plots;
using ViCo.Cli.Remote;
using ViCo.Client;
using ViCo.Engine;
using ViCo.Engine.Models;
using ViCo.Options;

namespace ViCo.Cli.Demo;

/// <summary>One run of the demo: what a user of the platform does, seen from outside, and a page that shows what came of it.</summary>
/// <param name="output">Folder for everything the demo makes.</param>
/// <param name="data">Data folder of the platform; null: one below <paramref name="output"/>, begun anew each time.</param>
internal sealed class DemoRun(DemoSubject subject, OptionValues options, string output, string? data, EngineChoice engine)
{
    /// <summary>Marks the demo's own data folder, which the next demo may delete.</summary>
    private const string OwnFolderMark = "made-by-vico-demo";

    private readonly List<(string Phase, TimeSpan Took)> _phases = [];

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var model = Path.GetFileName(engine.ModelFolder);
        AnsiConsole.MarkupLineInterpolated(
            $"[bold]{subject.Name}[/]: {subject.Photos.Count} photos, init word [bold]{subject.InitWord}[/], base model {model}");
        if (BaseModelDefaults.Read(engine.ModelFolder).Limits is { } limits) AnsiConsole.MarkupLineInterpolated($"[yellow]{limits}[/]");
        Directory.CreateDirectory(output);
        await using var platform = await TimedAsync("start the platform", () =>
            AllInOneHost.StartAsync(new("http://127.0.0.1:0", DataFolder(), engine, Quiet: true), cancellationToken));
        using var client = new ViCoClient(platform.Address, platform.Admin.ApiKey);

        var concept = await TimedAsync("upload", async () =>
        {
            var made = await client.Concepts.CreateAsync(new(subject.Name, subject.InitWord), cancellationToken: cancellationToken);
            await client.Concepts.UploadAsync(made.Id, subject.Photos.ForServer(), cancellationToken: cancellationToken);
            return await client.Concepts.GetAsync(made.Id, cancellationToken);
        });
        foreach (var photo in concept.Photos.Where(p => p.Warnings.Count > 0))
            AnsiConsole.MarkupLineInterpolated($"  [yellow]{photo.Name}: {string.Join(" ", photo.Warnings)}[/]");

        var losses = await TimedAsync("train", () => TrainAsync(client, concept.Id, cancellationToken));
        concept = await client.Concepts.GetAsync(concept.Id, cancellationToken);
        var pictures = await TimedAsync("draw", () => DrawAsync(client, concept, cancellationToken));
        var files = await TimedAsync("write", () => WriteAsync(client, concept, losses, pictures, cancellationToken));

        Show(files);
        return 0;
    }

    private async Task<IReadOnlyList<(int Step, double Loss)>> TrainAsync(ViCoClient client, string conceptId,
        CancellationToken cancellationToken)
    {
        var job = await client.Runs.StartAsync(
            conceptId, new() { Options = options.Only([TrainingOption.Steps]).ForServer() }, cancellationToken: cancellationToken);
        return await PhaseProgress.RunAsync("train", async progress =>
        {
            var losses = new SortedDictionary<int, double>();           // a step redone after a crash replaces what it was
            var remaining = new RemainingTime(TimeProvider.System);
            await foreach (var e in client.Jobs.FollowAsync(job.Id, cancellationToken: cancellationToken))
            {
                switch (e.Data)
                {
                    case StateChanged { State: JobState.Running }:
                        remaining.Begin(losses.Count == 0 ? 0 : losses.Keys.Last());
                        break;
                    case StepDone step:
                        losses[step.Step] = step.Loss;
                        progress.Report(step.Step, step.Steps, string.Create(
                            CultureInfo.InvariantCulture,
                            $"step {step.Step}/{step.Steps}  loss {step.Loss:0.0000}{remaining.Words(step.Step, step.Steps)}"));
                        break;
                    case WarningRaised warning:
                        AnsiConsole.MarkupLineInterpolated($"  [yellow]{warning.Message}[/]");
                        break;
                    default:
                        ThrowIfOver(e);
                        break;
                }
            }

            return (IReadOnlyList<(int, double)>)[.. losses.Select(l => (l.Key, l.Value))];
        });
    }

    private async Task<IReadOnlyList<IReadOnlyList<byte[]>>> DrawAsync(ViCoClient client, Concept concept,
        CancellationToken cancellationToken)
    {
        // All prompts are queued at once; the worker takes them in turn.
        var jobs = new List<Job>();
        var asked = options.Only([SamplingOption.Count, SamplingOption.Seed]).ForServer();
        foreach (var prompt in subject.Prompts)
            jobs.Add(await client.Images.DrawAsync(new(concept.Id, prompt) { Options = asked }, cancellationToken: cancellationToken));

        return await PhaseProgress.RunAsync("draw", async progress =>
        {
            var rows = new List<IReadOnlyList<byte[]>>();
            for (var i = 0; i < jobs.Count; i++)
            {
                var images = new SortedDictionary<int, string>();
                await foreach (var e in client.Jobs.FollowAsync(jobs[i].Id, cancellationToken: cancellationToken))
                {
                    if (e.Data is SamplingStepDone step)
                    {
                        progress.Report(i + (double)step.Step / step.Steps, jobs.Count,
                            $"\"{subject.Prompts[i]}\"  step {step.Step}/{step.Steps}");
                    }
                    else if (e.Data is ImageDrawn image)
                    {
                        images[image.Index] = image.ImageId;
                    }
                    else
                    {
                        ThrowIfOver(e);
                    }
                }

                rows.Add([.. await Task.WhenAll(images.Values.Select(id => client.Images.GetAsync(id, cancellationToken)))]);
            }

            return rows;
        });
    }

    private async Task<IReadOnlyList<(string What, string File)>> WriteAsync(
        ViCoClient client, Concept concept, IReadOnlyList<(int Step, double Loss)> losses,
        IReadOnlyList<IReadOnlyList<byte[]>> pictures,
        CancellationToken cancellationToken)
    {
        var folder = Path.Combine(output, "pictures");
        Directory.CreateDirectory(folder);
        for (var p = 0; p < subject.Prompts.Count; p++)
        {
            for (var i = 0; i < pictures[p].Count; i++)
                ConceptFolder.Write(Path.Combine(folder, $"{Slug.Of(subject.Prompts[p])}-seed{options.Get(SamplingOption.Seed) + i}.png"),
                    pictures[p][i]);
        }

        var newest = concept.Checkpoints.MaxBy(c => c.Step) ?? throw new InvalidOperationException("The training left no checkpoint.");
        using var checkpoint = new MemoryStream();
        await client.Runs.DownloadAsync(concept.Id, newest.Run, newest.Step, checkpoint, cancellationToken);
        var learned = Save($"step-{newest.Step:D6}.safetensors", checkpoint.ToArray());
        var files = new List<(string What, string File)>
        {
            ("contact sheet", Save("contact-sheet.png", Pages.Sheet(subject.Name, subject.Photos, subject.Prompts, pictures))),
            ("loss", Save("loss.png", LossPlot.Draw(subject.Name, losses))),
            ("checkpoint", learned),
            ("pictures", folder),
        };
        if (engine.Kind == "torch")
        {
            // Masks are the engine's business and no picture that the API serves: a second engine in this process looks at the checkpoint.
            await using var probe = await engine.OpenTorchAsync(cancellationToken);
            var masks = await MaskSheet.DrawAsync(probe, subject.Name, StoredFile.At(learned), [("*", subject.Photos)], cancellationToken);
            files.Insert(1, ("masks", Save("masks.png", masks.Png)));
        }

        return files;

        string Save(string file, ReadOnlyMemory<byte> content)
        {
            var path = Path.Combine(output, file);
            ConceptFolder.Write(path, content);
            return path;
        }
    }

    private void Show(IReadOnlyList<(string What, string File)> files)
    {
        var here = Directory.GetCurrentDirectory();
        AnsiConsole.WriteLine();
        foreach (var (what, file) in files) AnsiConsole.MarkupLineInterpolated($"  {what,-14} [bold]{Path.GetRelativePath(here, file)}[/]");
        AnsiConsole.WriteLine();
        var phases = string.Join(", ", _phases.Select(p => $"{p.Phase} {PhaseProgress.Elapsed(p.Took)}"));
        var together = PhaseProgress.Elapsed(_phases.Aggregate(TimeSpan.Zero, (sum, p) => sum + p.Took));
        AnsiConsole.MarkupLineInterpolated($"  took {phases}; together {together}");
        AnsiConsole.MarkupLineInterpolated(
            $"  see it in the studio:  ./vico up --data {Path.GetRelativePath(here, data ?? Path.Combine(output, "platform"))}");
    }

    /// <summary>
    /// The folder given, or the demo's own, emptied: an unfinished training of an earlier demo would go on and take the cores.
    /// </summary>
    private string DataFolder()
    {
        if (data is not null) return Path.GetFullPath(data);
        var own = Path.Combine(output, "platform");
        if (File.Exists(Path.Combine(own, OwnFolderMark))) Directory.Delete(own, recursive: true);
        Directory.CreateDirectory(own);
        File.WriteAllText(Path.Combine(own, OwnFolderMark), "The next vico demo with this --out begins by deleting this folder.\n");
        return own;
    }

    private async Task<T> TimedAsync<T>(string phase, Func<Task<T>> work)
    {
        var began = TimeProvider.System.GetTimestamp();
        var result = await work();
        _phases.Add((phase, TimeProvider.System.GetElapsedTime(began)));
        return result;
    }

    private static void ThrowIfOver(JobEvent e)
    {
        if (e.Data is ErrorRaised error) throw new InvalidDataException(error.Message);
        if (e.Data is StateChanged { State: JobState.Failed or JobState.Canceled } over) throw new InvalidOperationException(
            $"The job ended as {over.State}: {over.Reason}");
    }
}
