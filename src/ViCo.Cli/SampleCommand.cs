using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using ViCo.Cli.CommandLine;
using ViCo.Cli.Concepts;
using ViCo.Engine;
using ViCo.Engine.Generation;
using ViCo.Engine.Methods;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Cli;

/// <summary><c>vico sample</c>: draws a trained concept, without a server.</summary>
internal static class SampleCommand
{
    /// <param name="catalog">The options that there are; null: those that this program knows.</param>
    public static Command Create(OptionCatalog? catalog = null)
    {
        catalog ??= OptionCatalog.Default;
        var concept = new System.CommandLine.Option<string?>("--concept")
        {
            Description = "Folder that vico train made; without it the base model draws alone.",
            HelpName = "DIR",
        };
        var prompt = new System.CommandLine.Option<string>("--prompt")
        {
            Description = "What to draw; * stands for the object, <1> and <2> for those of a pair.",
            Required = true,
            HelpName = "TEXT",
        };
        var reference = new System.CommandLine.Option<string[]>("--reference")
        {
            Description =
                "Photo that the image blocks look at: a file, or the name of one of the concept's photos; of several objects 2:PHOTO. "
                + "Default: the first of each object that the prompt names. May be repeated.",
            HelpName = "PHOTO",
        };
        var checkpoint = Ranged.Int("--checkpoint", "Training step of the checkpoint. Default: the newest.", 1, 100_000);
        var options = new ListedOptions(catalog.Sampling);
        var output = new System.CommandLine.Option<string?>("--out")
        {
            Description = "Folder for the pictures. Default: CONCEPT/pictures, or out/pictures.",
            HelpName = "DIR",
        };
        var attention = new System.CommandLine.Option<string?>("--attention")
        {
            Description =
                "Folder for strips that show where S* looks, per image layer and step, in each picture and reference, and for the "
                + "numbers (.npz).",
            HelpName = "DIR",
        };
        var lora = new System.CommandLine.Option<string[]>("--lora")
        {
            Description =
                "Low-rank pairs (LoRA) to add, and how often they count; default once. A file of ours, diffusers, PEFT or kohya, or a "
                + "folder that vico train made. May be repeated. Without --concept, * stands for the first one's words.",
            HelpName = "FILE[:WEIGHT]",
        };
        var fold = new System.CommandLine.Option<bool>("--fold")
        {
            Description = "Add low-rank pairs to the weights before the first step, instead of beside them in each: quicker steps.",
        };
        var json = Terminal.JsonOption();
        var engine = new EngineArguments();

        var command = new Verb(
            "sample",
            "Draws a trained object where the prompt asks for it. No server.",
            ("vico sample --concept out/teapot --prompt \"a photo of a * on the beach\"", "four pictures, seeds 42 to 45"),
            ("vico sample --concept out/teapot --prompt \"a * in the jungle\" --reference 3.png --checkpoint 200 --count 1 --seed 7",
                "another reference photo, an earlier checkpoint"),
            ("vico sample --concept out/teapot --prompt \"a photo of a *\" --sampler dpmpp-2m --spacing karras --sampling-steps 15",
                "another sampler, in fewer steps"),
            ("vico sample --concept out/teapot --prompt \"a photo of a * on a table\" --width 192",
                "wider pictures than the base model's square"),
            ("vico sample --concept out/teapot --prompt \"a photo of a * on the beach\" --count 1 --attention out/teapot/attention",
                "a picture, and strips of where S* looked step by step"),
            ("vico sample --concept out/pair --prompt \"<1> and <2> on the beach\" --reference 2:3.png",
                "two objects that were trained together; another photo of the second"),
            ("vico sample --lora out/teapot-lora:0.8 --lora style.safetensors:0.5 --prompt \"a photo of a * on the beach\"",
                "two sets of low-rank pairs at once"),
            ("vico sample --prompt \"a photo of a teapot on the beach\"", "what the base model draws without any training"))
        {
            concept, prompt, reference, checkpoint, output, attention, lora, fold, json,
        };
        options.AddTo(command);
        engine.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new(
                parsed.GetValue(concept) is { } folder ? ConceptFolder.Open(folder) : null,
                parsed.GetValue(reference) ?? [],
                parsed.GetValue(checkpoint),
                Request(parsed.GetValue(prompt)!, options.Values(parsed)) with { FoldLoras = parsed.GetValue(fold) },
                parsed.GetValue(output),
                parsed.GetValue(attention),
                parsed.GetValue(json))
            {
                Loras = parsed.GetValue(lora) ?? [],
            },
            engine.Choice(parsed) with { Catalog = catalog },
            cancellationToken));
        return command;
    }

    /// <param name="Concept">Null: the base model draws alone.</param>
    /// <param name="References">Names or files; empty: the first photo of each object.</param>
    /// <param name="Checkpoint">Step; null: the newest.</param>
    /// <param name="Output">Folder of the pictures; null: beside the concept.</param>
    /// <param name="Attention">Folder of the strips; null: none are drawn.</param>
    private sealed record Arguments(
        ConceptFolder? Concept, string[] References, int? Checkpoint, GenerationRequest Request, string? Output, string? Attention,
        bool Json)
    {
        /// <summary>Low-rank pairs to add, each as <see cref="LoraArgument"/> reads it.</summary>
        public string[] Loras { get; init; } = [];
    }

    private static GenerationRequest Request(string prompt, OptionValues options)
    {
        var (seed, count) = (options.Get(SamplingOption.Seed), options.Get(SamplingOption.Count));
        return new(null, [], prompt, [.. Enumerable.Range(0, count).Select(i => seed + i)]) { Options = options };
    }

    private static async Task<int> RunAsync(Arguments arguments, EngineChoice choice, CancellationToken cancellationToken)
    {
        var (concept, references, checkpoint, request, output, attention, json) = arguments;
        if (concept is null && (references.Length > 0 || checkpoint is not null))
            throw new UsageException("--reference and --checkpoint belong to a trained concept: give its folder with --concept.");
        if (concept is null && attention is not null)
            throw new UsageException("--attention shows where a trained concept's S* looks: give its folder with --concept.");
        if (concept is not null)
        {
            var shown = concept.ReadReferences(references, request.Prompt);
            request = request with
            {
                Checkpoint = concept.FindCheckpoint(checkpoint).File,
                References = [.. shown.SelectMany(photos => photos)],
                ReferenceObjects = [.. shown.SelectMany((photos, k) => photos.Select(_ => k + 1))],
            };
        }

        request = request with { Loras = [.. arguments.Loras.Select(text => LoraArgument.Read(text, choice.ModelFolder))] };
        await using var engine = attention is null ? await choice.OpenAsync(cancellationToken)
            : await choice.OpenTorchAsync(cancellationToken);
        IReadOnlyList<AttentionFrame> frames = [];
        var images = await PhaseProgress.RunAsync("draw", async progress =>
        {
            var observer = new StepObserver((step, all) => progress.Report(step, all, $"step {step}/{all}"));
            if (attention is null || engine is not TorchEngine torch) return await engine.GenerateAsync(request, observer,
                cancellationToken);
            (var drawn, frames) = await torch.TraceAsync(request, observer, cancellationToken);
            return drawn;
        });

        var folder = Path.GetFullPath(
            output ?? (concept is null ? Path.Combine("out", "pictures") : Path.Combine(concept.FullPath, "pictures")));
        Directory.CreateDirectory(folder);
        List<object> written = [];
        foreach (var image in images)
        {
            var file = Free(folder, string.Create(CultureInfo.InvariantCulture, $"{Slug.Of(request.Prompt)}-seed{image.Seed}"), image.Png);
            ConceptFolder.Write(file, image.Png);
            if (json) written.Add(new { file, image.Seed, image.Warnings });
            else Console.WriteLine(file);
        }

        if (json) Terminal.Json(written);
        if (attention is not null)
            WriteStrips(Path.GetFullPath(attention), request, new(images, frames), engine.Info.ImageSize, said: !json);
        foreach (var warning in images.SelectMany(image => image.Warnings).Distinct()) Terminal.Warn(warning);

        return 0;
    }

    /// <summary>
    /// A name that no other picture has: the same prompt and seed with another guidance, sampler or checkpoint is another picture.
    /// </summary>
    private static string Free(string folder, string name, ReadOnlyMemory<byte> png)
    {
        for (var number = 1; ; number++)
        {
            var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}{(number == 1 ? "" : $"-{number}")}.png"));
            if (!File.Exists(file) || png.Span.SequenceEqual(File.ReadAllBytes(file))) return file;
        }
    }

    private static void WriteStrips(string folder, GenerationRequest request, TracedImages drawn, int imageSize, bool said)
    {
        var (images, frames) = drawn;
        Directory.CreateDirectory(folder);
        var fit = ConceptMetadata.Read(request.Checkpoint!).PhotoFit();
        var names = request.References.Select(photo => Path.GetFileNameWithoutExtension(photo.Name)).ToList();
        foreach (var seen in frames.GroupBy(frame => (frame.Path, frame.Index)))
        {
            var i = seen.Key.Index;
            var (name, png) = seen.Key.Path == AttentionPath.Reference
                ? ($"reference-{NameOf(i)}", AttentionStrips.OfReference(
                    $"S* in {request.References[i].Name}: {request.Prompt}",
                    Square.Fit(Pages.Decode(request.References[i]), imageSize, fit), seen))
                : (string.Create(CultureInfo.InvariantCulture, $"seed{images[i].Seed}"), AttentionStrips.OfPicture(
                    string.Create(CultureInfo.InvariantCulture, $"S* in seed {images[i].Seed}: {request.Prompt}"),
                    PictureCodec.Decode(images[i].Png, "picture"), seen));
            var file = Path.Combine(folder, $"{Slug.Of(request.Prompt)}-{name}-attention.png");
            ConceptFolder.Write(file, png);
            ConceptFolder.Write(Path.ChangeExtension(file, ".npz"), AttentionArrays.OfSteps(seen));
            if (said) Console.WriteLine($"{file}\n{Path.ChangeExtension(file, ".npz")}");
        }

        // Two objects may each have a photo 1.png.
        string NameOf(int i) => names.Count(name => name == names[i]) == 1
            ? names[i] : string.Create(CultureInfo.InvariantCulture, $"{names[i]}-{i + 1}");
    }

    private sealed class StepObserver(Action<int, int> show) : IGenerationObserver
    {
        public void OnStep(int step, int steps) => show(step, steps);
    }
}
