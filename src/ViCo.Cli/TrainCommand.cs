using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using ViCo.Cli.CommandLine;
using ViCo.Cli.Concepts;
using ViCo.Cli.Plots;
using ViCo.Engine;
using ViCo.Engine.Models;
using ViCo.Options;

namespace ViCo.Cli;

/// <summary><c>vico train</c>: learns an object into a folder, without a server; the same <c>--out</c> again goes on.</summary>
internal static class TrainCommand
{
    /// <param name="catalog">The options that there are; null: those that this program knows.</param>
    public static Command Create(OptionCatalog? catalog = null)
    {
        catalog ??= OptionCatalog.Default;
        var photos = new System.CommandLine.Option<string[]>("--photos")
        {
            Description =
                "Folder with 1 to 30 photos of the object; 4 to 7 work best. Once more for a second object, with an --init-word of "
                + "its own.",
            HelpName = "DIR",
        };
        var word = new System.CommandLine.Option<string[]>("--init-word")
        {
            Description =
                "A word near the object's class, such as teapot; object does too. S* starts from it. As many as --photos, in the same "
                + "order.",
            HelpName = "WORD",
        };
        var output = new System.CommandLine.Option<string>("--out")
        {
            Description = "Folder of the concept. The same folder again goes on from its newest resume point.",
            Required = true,
            HelpName = "DIR",
        };
        var from = new System.CommandLine.Option<string?>("--from")
        {
            Description =
                "Branch from a resume point of another training: its weights and step, its photos, words and options unless given. "
                + "Default step: its newest.",
            HelpName = "DIR[:STEP]",
        };
        var classPhotos = new System.CommandLine.Option<string?>("--class-photos")
        {
            Description = "Folder with photos of other objects of the class, for methods that learn from the class too. Default: the base "
                + "model draws its own.",
            HelpName = "DIR",
        };
        var masks = new System.CommandLine.Option<string[]>("--masks")
        {
            Description =
                "Folder with a mask of each photo's name: the brighter, the more a place counts in the loss. As many as --photos, in the "
                + "same order. A caption of a photo's own lies beside it, in a .txt of its name, with * for the object.",
            HelpName = "DIR",
        };
        var options = new ListedOptions(catalog.Training, pairs: true);
        var json = Terminal.JsonOption();
        var engine = new EngineArguments();

        var command = new Verb(
            "train",
            "Learns an object from photos into a folder: S* and the image cross-attention blocks. No server. Rerun the same line to "
                + "go on after a stop.",
            ("vico train --photos samples/teapot/photos --init-word teapot --out out/teapot",
                "learn the sample teapot with the base model's own recipe"),
            ("vico train --photos ~/mug --init-word cup --steps 200 --seed 7 --out out/mug", "fewer steps, another seed"),
            ("vico train --photos ~/mug --init-word cup --steps 400 --out out/mug",
                "the same folder again, with more steps: it goes on from where it ended"),
            ("vico train --from out/mug:200 --block-lr 1e-6 --steps 400 --out out/mug-slow",
                "another training from step 200 on, with another rate"),
            ("vico train --photos ~/mug --init-word cup --photos ~/bear --init-word bear --out out/pair",
                "two objects for one picture: <1> and <2> in prompts"),
            ("vico train --photos ~/mug --masks ~/mug-masks --init-word cup --method dreambooth-lora --out out/mug-lora",
                "only what the masks show counts"),
            ("vico train --photos ~/mug --init-word cup --method textual-inversion --out out/mug-ti",
                "the word embedding alone, to compare with"),
            ("vico train --photos ~/mug --init-word cup --mask post_softmax --regularization-reduction sum --out out/mug-paper",
                "the paper's equations where the published code differs"))
        {
            photos, word, output, from, classPhotos, masks, json,
        };
        options.AddTo(command);
        engine.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new(
                parsed.GetValue(photos) ?? [],
                parsed.GetValue(word) ?? [],
                parsed.GetValue(output)!,
                parsed.GetValue(from),
                options.Values(parsed),
                parsed.GetValue(json))
            {
                ClassPhotoFolder = parsed.GetValue(classPhotos),
                MaskFolders = parsed.GetValue(masks) ?? [],
            },
            engine.Choice(parsed) with { Catalog = catalog },
            cancellationToken));
        return command;
    }

    /// <param name="PhotoFolders">One per object; none: those of the training to branch from.</param>
    /// <param name="From">Where it branches, <c>FOLDER[:STEP]</c>; null: it does not.</param>
    private sealed record Arguments(string[] PhotoFolders, string[] InitWords, string Output, string? From, OptionValues Options,
        bool Json)
    {
        /// <summary>Null: the base model draws the class.</summary>
        public string? ClassPhotoFolder { get; init; }

        /// <summary>One per object, or none.</summary>
        public string[] MaskFolders { get; init; } = [];
    }

    private static async Task<int> RunAsync(Arguments arguments, EngineChoice choice, CancellationToken cancellationToken)
    {
        var (photoFolders, initWords, output, from, options, json) = arguments;
        var branch = from is null ? null : Branch.Parse(from);
        if (branch is null && photoFolders.Length == 0) throw new UsageException(
            "Option '--photos' is required, unless --from names a training to branch from.");
        if (photoFolders.Length != initWords.Length)
            throw new UsageException(
                $"{photoFolders.Length} --photos and {initWords.Length} --init-word; wanted one of each per object, in the same order.");
        if (photoFolders.Length > TrainingRequest.MaxObjects)
            throw new UsageException($"{photoFolders.Length} objects; wanted 1 to {TrainingRequest.MaxObjects}.");
        TrainingObject[] objects = photoFolders.Length == 0
            ? branch!.Objects()
            : [.. photoFolders.Zip(initWords, (photos, word) => new TrainingObject(PhotoFolder.Read(photos, Warn), word))];
        if (arguments.MaskFolders.Length > 0)
        {
            if (arguments.MaskFolders.Length != objects.Length)
                throw new UsageException($"{arguments.MaskFolders.Length} --masks for {objects.Length} objects; wanted one each, or none.");
            objects = [.. objects.Zip(arguments.MaskFolders, (o, folder) => o with { Photos = PhotoFolder.WithMasks(o.Photos, folder) })];
        }
        var classPhotos = arguments.ClassPhotoFolder is { } given ? PhotoFolder.Read(given, Warn, TrainingRequest.MaxClassPhotos) : [];
        if (branch is not null) options = branch.Options(options);
        var name = photoFolders.Length == 0 ? branch!.Card.Name : string.Join(" and ", photoFolders.Select(PhotoFolder.NameOf));
        if (BaseModelDefaults.Read(choice.ModelFolder, choice.Catalog).Limits is { } limits) Warn(limits);
        await using var engine = await choice.OpenAsync(cancellationToken);
        foreach (var warning in engine.Info.Warnings) Warn(warning);
        var card = ConceptCard.Of(name, engine.Info.BaseModel, engine.Info.BaseDigest, objects, options) with
        {
            From = branch?.Name,
            Catalog = choice.Catalog,
        };
        using var folder = ConceptFolder.ForTraining(output, card);

        List<(int Step, double Loss)> losses = [];
        var request = new TrainingRequest(objects[0].Photos, objects[0].InitWord, options)
        {
            Resume = [.. folder.ResumePoints().Select(p => p.File)], BranchFrom = branch?.Point, Others = objects[1..],
            ClassPhotos = classPhotos,
        };
        var observer = new FolderObserver(folder, () => folder.Begin(card, objects), losses);
        var outcome = await PhaseProgress.RunAsync("train", progress =>
            engine.TrainAsync(request, observer.Showing(progress), cancellationToken));

        var plot = Path.Combine(folder.FullPath, "loss.png");
        ConceptFolder.Write(plot, LossPlot.Draw(name, losses));
        if (json)
        {
            Terminal.Json(new { folder = folder.FullPath, checkpoints = folder.CheckpointSteps(), plot, loss = losses.Count > 0
                ? losses[^1].Loss : (double?)null, completed = outcome.Completed });
            return outcome.Completed ? 0 : 1;
        }
        AnsiConsole.MarkupLineInterpolated(
            $"Checkpoints [bold]{string.Join(", ", folder.CheckpointSteps())}[/] in {folder.FullPath}; losses in {plot}");
        var named = string.Join(" and ", objects.Select((_, k) => $"a {card.Placeholder(k + 1)}"));
        AnsiConsole.MarkupLineInterpolated($"Draw with:  vico sample --concept {output} --prompt \"a photo of {named} on the beach\"");
        return outcome.Completed ? 0 : 1;
    }

    private static void Warn(string warning) => Terminal.Warn(warning);

    /// <summary>Writes into the concept's folder what the engine reports, on the engine's lane: each file is small.</summary>
    /// <param name="begin">Called when the engine has accepted the photos.</param>
    private sealed class FolderObserver(ConceptFolder folder, Action begin, List<(int Step, double Loss)> losses) : ITrainingObserver
    {
        private PhaseProgress? _progress;

        private readonly RemainingTime _remaining = new(TimeProvider.System);

        public bool PauseRequested => false;

        public FolderObserver Showing(PhaseProgress progress)
        {
            _progress = progress;
            return this;
        }

        public void OnStart(TrainingStart start)
        {
            begin();
            if (start.FirstStep > 0) Terminal.Say($"Going on from step {start.FirstStep} in {folder.FullPath}");
            foreach (var warning in start.Warnings) OnWarning(warning);
            losses.AddRange(folder.ReadLosses(start.FirstStep));
            _remaining.Begin(start.FirstStep);
        }

        public void OnStep(TrainingStep step)
        {
            losses.Add((step.Step, step.Loss));
            folder.AppendLoss(step);
            _progress?.Report(step.Step, step.Steps, string.Create(
                CultureInfo.InvariantCulture,
                $"step {step.Step}/{step.Steps}  loss {step.Loss:0.0000}{_remaining.Words(step.Step, step.Steps)}"));
        }

        public void OnWarning(string message) => Warn(message);

        public void OnCheckpoint(int step, Action<Stream> write) => folder.WriteCheckpoint(step, write);

        public void OnResumePoint(int step, Action<Stream> write) => folder.WriteResumePoint(step, write);

        public void OnPreview(int step, ReadOnlyMemory<byte> png) => folder.WritePreview(step, png);
    }
}
