using System.CommandLine;
using ViCo.Cli.CommandLine;
using ViCo.Cli.Concepts;
using ViCo.Cli.Remote;
using ViCo.Engine;
using ViCo.Engine.Methods;

namespace ViCo.Cli;

/// <summary><c>vico concepts</c>: concepts of other programs become ours, and ours theirs.</summary>
internal static class ConceptsCommand
{
    private const string Ours = "ours";

    public static Command Create() => new Verb(
        "concepts", "Concepts on a server: list, show, create, delete. Concept files on this machine: convert, merge.",
        ("vico concepts list", "those on the server of vico login"),
        ("vico concepts convert embeddings_gs-399.pt cross_attention-399.pt --model sd15 --out teapot.safetensors",
            "ViCo's official code to ours"),
        ("vico concepts convert --help", "every format, with a line for each"))
    {
        ConvertVerb(), MergeVerb.Create(),
    }.With(ConceptVerbs.OfConcepts());

    private static Verb ConvertVerb()
    {
        var source = new Argument<string[]>("source")
        {
            Description =
                "The files of one concept: ViCo's embeddings_gs-N.pt and cross_attention-N.pt, learned_embeds, a web UI .pt, a LoRA, "
                + "Custom Diffusion's weights and word, a bare tensor, ours; or a folder that vico train made.",
            HelpName = "SOURCE", Arity = ArgumentArity.OneOrMore,
        };
        var format = new Option<string>("--to")
        {
            Description =
                "ours: .safetensors, or with --photos a folder to draw with. upstream: ViCo's official code. diffusers: "
                + "learned_embeds. webui: A1111. lora-…: low-rank pairs. Others: what that method's own code reads.",
            DefaultValueFactory = _ => Ours,
        };
        format.AcceptOnlyFromAmong([Ours, .. ConceptConversion.Formats]);
        var output = new Option<string>("--out")
        {
            Description = "New file; a folder for upstream, catversion and custom-diffusion, and with --photos.",
            Required = true,
            HelpName = "PATH",
        };
        var photos = new Option<string?>("--photos")
        {
            Description = "Photos of the object, to draw with: the image blocks look at one.",
            HelpName = "DIR",
        };
        var model = new Option<string?>("--model")
        {
            Description = "Base model that the concept was trained beside: a folder, a file, or a name under models/. Default toybox.",
            HelpName = "MODEL",
        };
        var initWord = new Option<string>("--init-word")
        {
            Description = "The word it started from.",
            DefaultValueFactory = _ => "object",
            HelpName = "WORD",
        };
        var word = new Option<string?>("--placeholder")
        {
            Description = "The word that prompts will have for it in diffusers. Default: the source's, or <concept>.",
            HelpName = "WORD",
        };
        var checkpoint = Ranged.Int("--checkpoint", "Of a folder, the training step of the checkpoint. Default: the newest.", 1, 100_000);
        var half = new Option<bool>("--half") { Description = "Write ours in float16: half the bytes." };
        var convert = new Verb(
            "convert", "Rewrites a concept's files on this machine between ours, ViCo's official code, diffusers and the web UI. "
                + "Image blocks go to the first two only.",
            ("vico concepts convert embeddings_gs-399.pt cross_attention-399.pt --model sd15 --init-word teapot --photos teapot/ "
                + "--out out/teapot", "ViCo's, then: vico sample --concept out/teapot"),
            ("vico concepts convert learned_embeds.bin --model sd15 --out cat.safetensors",
                "diffusers' to our file; the web UI's .pt likewise"),
            ("vico concepts convert out/teapot --to upstream --out upstream/", "ours to ViCo's two files"),
            ("vico concepts convert out/teapot --to diffusers --placeholder \"<teapot>\" --out learned_embeds.safetensors",
                "the embedding for diffusers; .bin too"),
            ("vico concepts convert out/teapot --checkpoint 200 --to webui --out teapot.pt",
                "the embedding for the web UI, of an earlier checkpoint"))
        {
            source, format, output, photos, model, initWord, word, checkpoint, half,
        };
        convert.SetAction(parsed =>
        {
            var files = Files(parsed.GetValue(source)!, parsed.GetValue(checkpoint));
            var path = parsed.GetValue(output)!;
            var to = parsed.GetValue(format)!;
            var written = to == Ours
                ? Import(
                    new(files, Installation.BaseModel(parsed.GetValue(model)), parsed.GetValue(initWord)!, parsed.GetValue(half)),
                    path, parsed.GetValue(photos))
                : ConceptConversion.Export(
                    files, to, path, parsed.GetValue(word), parsed.GetValue(model) is { } named ? Installation.BaseModel(named) : null);
            foreach (var file in written) Console.WriteLine($"  {Path.GetFullPath(file)}");
            return 0;
        });
        return convert;
    }

    private static string[] Files(string[] sources, int? checkpoint)
    {
        if (sources is [var folder] && Directory.Exists(folder)) return [ConceptFolder.Open(folder).FindCheckpoint(checkpoint).File.Path!];
        if (checkpoint is not null) throw new UsageException("--checkpoint belongs to a folder that vico train made.");
        return Array.Find(sources, s => !File.Exists(s)) is { } missing ? throw new UsageException($"There is no file '{missing}'.")
            : sources;
    }

    /// <param name="Files">Of one concept.</param>
    /// <param name="Model">The base model that it was trained beside.</param>
    private sealed record Foreign(IReadOnlyList<string> Files, string Model, string InitWord, bool Half);

    /// <param name="photoFolder">Null: a file is written, and no folder to draw with.</param>
    private static string[] Import(Foreign concept, string output, string? photoFolder)
    {
        var (files, model, initWord, half) = concept;
        if (photoFolder is null)
        {
            if (Path.GetExtension(output) != ".safetensors") throw new UsageException(
                $"'{output}' does not end in .safetensors; or give --photos for a folder to draw with.");
            if (Path.Exists(output)) throw new UsageException($"'{output}' exists; wanted a new name.");
            ConceptConversion.Import(files, model, initWord, (_, write) => ConceptFolder.Write(output, write), half);
            return [output];
        }

        var photos = PhotoFolder.Read(photoFolder);
        string[] made = [];
        ConceptConversion.Import(files, model, initWord, (metadata, write) =>
        {
            // No training of ours begins so, and none goes on in this folder.
            var card = ConceptCard.Of(
                PhotoFolder.NameOf(photoFolder), metadata.BaseModel, metadata.BaseDigest, [new(photos, initWord)],
                Options.OptionValues.None.With(Options.TrainingOption.Method, metadata.Method)
                    .With(Options.TrainingOption.Steps, Math.Max(metadata.Step, 1))
                    .With(Options.TrainingOption.Resize, "squash")) with { From = "from an import" };
            made = [ConceptFolder.Create(output, card, [new(photos, initWord)]).WriteCheckpoint(metadata.Step, write)];
        }, half);
        Console.WriteLine($"  draw with:  vico sample --concept {output} --model {model} --prompt \"a photo of a * on the beach\"");
        return made;
    }
}
