using System.CommandLine;
using Spectre.Console;
using ViCo.Cli.CommandLine;
using ViCo.Cli.Concepts;

namespace ViCo.Cli;

/// <summary><c>vico inspect</c>: shows where a trained concept sees its object.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var concept = new Option<string>("--concept") { Description = "Folder that vico train made.", Required = true, HelpName = "DIR" };
        var photo = new Option<string[]>("--photo") { Description = "Photo to look at: a file, or the name of one of the concept's photos; of several objects 2:PHOTO. Default: all of them. May be repeated.", HelpName = "PHOTO" };
        var checkpoint = Ranged.Int("--checkpoint", "Training step of the checkpoint. Default: the newest.", 1, 100_000);
        var every = Ranged.Int("--every", "One photo over the training: a column per checkpoint whose step is a multiple of N, and the newest.", 1, 100_000);
        var output = new Option<string?>("--out") { Description = "The picture to write. Default: CONCEPT/masks-step-N.png, or masks-training.png.", HelpName = "FILE" };
        var engine = new EngineOptions();
        var command = new Verb(
            "inspect",
            "Draws a concept's attention and object masks over its photos: what the image blocks are allowed to look at.",
            ("vico inspect --concept out/teapot", "a sheet with a row per photo"),
            ("vico inspect --concept out/teapot --checkpoint 50 --photo 3.png", "one photo, early in the training"),
            ("vico inspect --concept out/teapot --every 50", "how attention and masks of the first photo came about"))
        {
            concept, photo, checkpoint, every, output,
        };
        engine.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(every) is not null && result.GetResult(checkpoint) is not null)
                result.AddError("--every and --checkpoint exclude each other.");
            if (result.GetResult(every) is not null && result.GetValue(photo) is { Length: > 1 })
                result.AddError("--every shows one photo; give one --photo.");
        });
        command.SetAction((parsed, cancellationToken) => parsed.GetValue(every) is { } steps
            ? OverTrainingAsync(
                ConceptFolder.Open(parsed.GetValue(concept)!), parsed.GetValue(photo)?.FirstOrDefault(), steps, parsed.GetValue(output), engine.Choice(parsed),
                cancellationToken)
            : RunAsync(
                ConceptFolder.Open(parsed.GetValue(concept)!), parsed.GetValue(photo) ?? [], parsed.GetValue(checkpoint), parsed.GetValue(output),
                engine.Choice(parsed), cancellationToken));
        return command;
    }

    private static async Task<int> OverTrainingAsync(
        ConceptFolder concept, string? photo, int every, string? output, EngineChoice choice, CancellationToken cancellationToken)
    {
        var newest = concept.FindCheckpoint(null).Step;
        var checkpoints = concept.CheckpointSteps().Where(step => step % every == 0 || step == newest).Select(step => concept.ReadCheckpoint(step)).ToList();
        var chosen = photo is null ? concept.ReadReferences() : concept.ReadReferences([photo]);
        var (photos, number) = chosen.Select((p, k) => (p, k + 1)).First(o => o.p.Count > 0);
        var (card, shown) = (concept.ReadCard(), photos[0]);
        await using var engine = await choice.OpenTorchAsync(cancellationToken);
        var file = Path.GetFullPath(output ?? Path.Combine(concept.FullPath, "masks-training.png"));
        ConceptFolder.Write(file, await MaskSheet.DrawTrainingAsync(engine, $"{card.Name}: {shown.Name}", checkpoints, card.Placeholder(number), shown, cancellationToken));
        AnsiConsole.MarkupLineInterpolated($"  {file}");
        return 0;
    }

    private static async Task<int> RunAsync(
        ConceptFolder concept, string[] photos, int? checkpoint, string? output, EngineChoice choice, CancellationToken cancellationToken)
    {
        var (step, content) = concept.ReadCheckpoint(checkpoint);
        var shown = photos.Length == 0 ? concept.ReadReferences() : concept.ReadReferences(photos);
        var card = concept.ReadCard();
        await using var engine = await choice.OpenTorchAsync(cancellationToken);
        var file = Path.GetFullPath(output ?? Path.Combine(concept.FullPath, $"masks-step-{step:D6}.png"));
        ConceptFolder.Write(file, await MaskSheet.DrawAsync(
            engine, $"{card.Name}, step {step}", content, [.. shown.Select((p, k) => (card.Placeholder(k + 1), p))], cancellationToken));
        AnsiConsole.MarkupLineInterpolated($"  {file}");
        return 0;
    }
}
