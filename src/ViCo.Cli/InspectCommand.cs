using System.CommandLine;
using Spectre.Console;
using ViCo.Cli.CommandLine;
using ViCo.Cli.Concepts;
using ViCo.Engine;

namespace ViCo.Cli;

/// <summary><c>vico inspect</c>: shows where a trained concept sees its object.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var concept = new Option<string>("--concept") { Description = "Folder that vico train made.", Required = true, HelpName = "DIR" };
        var photo = new Option<string[]>("--photo")
        {
            Description =
                "Photo to look at: a file, or the name of one of the concept's photos; of several objects 2:PHOTO. Default: all of "
                + "them. May be repeated.",
            HelpName = "PHOTO",
        };
        var checkpoint = Ranged.Int("--checkpoint", "Training step of the checkpoint. Default: the newest.", 1, 100_000);
        var every = Ranged.Int("--every",
            "One photo over the training: a column per checkpoint whose step is a multiple of N, and the newest.", 1, 100_000);
        var masks = new Option<string?>("--masks")
        {
            Description =
                "With --every: folder of the object's true masks, named as its photos, bright where it is. Also measures how well its "
                + "masks cover them (IoU): a table and a plot.",
            HelpName = "DIR",
        };
        var output = new Option<string?>("--out")
        {
            Description =
                "The picture to write, and its numbers as .npz beside it. Default: CONCEPT/masks-step-N.png, or masks-training.png.",
            HelpName = "FILE",
        };
        var engine = new EngineArguments();
        var command = new Verb(
            "inspect",
            "Draws a concept's attention and object masks over its photos: what the image blocks are allowed to look at.",
            ("vico inspect --concept out/teapot", "a sheet with a row per photo"),
            ("vico inspect --concept out/teapot --checkpoint 50 --photo 3.png", "one photo, early in the training"),
            ("vico inspect --concept out/teapot --every 50", "how attention and masks of the first photo came about"),
            ("vico inspect --concept out/teapot --every 50 --masks samples/teapot/masks",
                "and how well they cover the object, checkpoint by checkpoint"))
        {
            concept, photo, checkpoint, every, masks, output,
        };
        engine.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(every) is not null && result.GetResult(checkpoint) is not null)
                result.AddError("--every and --checkpoint exclude each other.");
            if (result.GetResult(every) is not null && result.GetValue(photo) is { Length: > 1 })
                result.AddError("--every shows one photo; give one --photo.");
            if (result.GetResult(masks) is not null && result.GetResult(every) is null)
                result.AddError("--masks measures over a training: give --every too.");
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var asked = new Arguments(ConceptFolder.Open(parsed.GetValue(concept)!), parsed.GetValue(photo) ?? [], parsed.GetValue(output));
            return parsed.GetValue(every) is { } steps
                ? OverTrainingAsync(asked, steps, parsed.GetValue(masks), engine.Choice(parsed), cancellationToken)
                : RunAsync(asked, parsed.GetValue(checkpoint), engine.Choice(parsed), cancellationToken);
        });
        return command;
    }

    /// <param name="Photos">Names or files; empty: all.</param>
    /// <param name="Output">The picture to write; null: one in the concept's folder.</param>
    private sealed record Arguments(ConceptFolder Concept, string[] Photos, string? Output);

    /// <param name="masks">Folder of true masks to measure by; null: nothing is measured.</param>
    private static async Task<int> OverTrainingAsync(
        Arguments arguments, int every, string? masks, EngineChoice choice, CancellationToken cancellationToken)
    {
        var (concept, asked, output) = arguments;
        var newest = concept.FindCheckpoint(null).Step;
        var checkpoints = concept.CheckpointSteps().Where(step => step % every == 0 || step == newest)
            .Select(step => concept.FindCheckpoint(step)).ToList();
        var chosen = asked.Length == 0 ? concept.ReadReferences() : concept.ReadReferences(asked);
        var (photos, number) = chosen.Select((p, k) => (p, k + 1)).First(o => o.p.Count > 0);
        var (card, shown) = (concept.ReadCard(), photos[0]);
        var truth = masks is null ? null : TrueMasks(masks, concept.ReadReferences()[number - 1]);
        await using var engine = await choice.OpenTorchAsync(cancellationToken);
        var file = Path.GetFullPath(output ?? Path.Combine(concept.FullPath, "masks-training.png"));
        Write(file, await MaskSheet.DrawTrainingAsync(engine, $"{card.Name}: {shown.Name}", checkpoints, (card.Placeholder(number), shown),
            cancellationToken));
        if (truth is null) return 0;

        var curve = await MaskCurve.MeasureAsync(engine, checkpoints, card.Placeholder(number), truth, cancellationToken);
        AnsiConsole.Write(curve.ToTable());
        var plot = Path.Combine(Path.GetDirectoryName(file)!, $"{Path.GetFileNameWithoutExtension(file)}-overlap.png");
        ConceptFolder.Write(plot, curve.ToPng($"{card.Name}: masks and true masks, {truth.Count} photos"));
        AnsiConsole.MarkupLineInterpolated($"  {plot}");
        return 0;
    }

    /// <summary>Of every photo the mask of the same name.</summary>
    private static List<(PhotoFile Photo, PhotoFile Mask)> TrueMasks(string folder, IReadOnlyList<PhotoFile> photos)
    {
        var masks = PhotoFolder.Read(folder);
        return [.. photos.Select(photo =>
            (photo, masks.FirstOrDefault(m => Path.GetFileNameWithoutExtension(m.Name) == Path.GetFileNameWithoutExtension(photo.Name))
            ?? throw new UsageException(
                $"'{folder}' holds no mask of photo '{photo.Name}'; wanted one of the same name for each of the {photos.Count} photos.")))];
    }

    private static async Task<int> RunAsync(Arguments arguments, int? checkpoint, EngineChoice choice, CancellationToken cancellationToken)
    {
        var (concept, photos, output) = arguments;
        var (step, content) = concept.FindCheckpoint(checkpoint);
        var shown = photos.Length == 0 ? concept.ReadReferences() : concept.ReadReferences(photos);
        var card = concept.ReadCard();
        await using var engine = await choice.OpenTorchAsync(cancellationToken);
        var file = Path.GetFullPath(output ?? Path.Combine(concept.FullPath, $"masks-step-{step:D6}.png"));
        Write(file, await MaskSheet.DrawAsync(
            engine, $"{card.Name}, step {step}", content, [.. shown.Select((p, k) => (card.Placeholder(k + 1), p))], cancellationToken));
        return 0;
    }

    private static void Write(string file, MaskSheet sheet)
    {
        ConceptFolder.Write(file, sheet.Png);
        ConceptFolder.Write(Path.ChangeExtension(file, ".npz"), sheet.Npz);
        AnsiConsole.MarkupLineInterpolated($"  {file}, .npz");
    }
}
