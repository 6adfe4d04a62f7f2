using System.CommandLine;
using Spectre.Console;
using ViCo.Cli.CommandLine;
using ViCo.Engine;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Files;
using ViCo.Hub;

namespace ViCo.Cli;

/// <summary><c>vico models</c>: the base models that are there; fetching, checking and converting them.</summary>
internal static class ModelsCommand
{
    private static string Folder => Path.Combine(Installation.Root, "models");

    public static Command Create() => new Verb(
        "models", "Base models: list, pull, verify, convert.",
        ("vico models list", "what can be given as --model"),
        ("vico models pull stable-diffusion-v1-5/stable-diffusion-v1-5", "fetch Stable Diffusion 1.5 from the hub, resumable and checked"))
    {
        ListVerb(), PullVerb(), VerifyVerb(), ConvertVerb(),
    };

    private static Verb ListVerb()
    {
        var list = new Verb("list", "Base models under models/, with their sizes and recipes.",
            ("vico models list", "what can be given as --model")) { };
        var json = Terminal.JsonOption();
        list.Add(json);
        list.SetAction(parsed => List(parsed.GetValue(json)));
        return list;
    }

    private static Verb PullVerb()
    {
        var source = new Argument<string>("source")
        {
            Description = "OWNER/NAME of the hub, or the address of a .safetensors or .ckpt file.",
            HelpName = "SOURCE",
        };
        var revision = new Option<string?>("--revision")
        {
            Description = "Branch, tag or commit of the hub. Default main.",
            HelpName = "REV",
        };
        var name = new Option<string?>("--name") { Description = "Name under models/. Default: the source's.", HelpName = "NAME" };
        var sha256 = new Option<string?>("--sha256")
        {
            Description = "SHA-256 that the file of an address must have; the hub states those of its own files.",
            HelpName = "HEX",
        };
        var config = ConfigOption();
        var pull = new Verb(
            "pull", "Fetches a base model into models/. If it is stopped, the same command continues where it left off. HF_ENDPOINT "
                + "names a mirror, HF_TOKEN opens gated models.",
            ("vico models pull stable-diffusion-v1-5/stable-diffusion-v1-5", "Stable Diffusion 1.5 from the hub"),
            ("vico models pull OWNER/NAME --revision v1.0 --name mine", "a revision under a name of your own"),
            ("vico models pull https://example.org/model.ckpt --sha256 HEX", "a single file, checked and converted"))
        {
            source, revision, name, sha256, config,
        };
        var json = Terminal.JsonOption();
        pull.Add(json);
        pull.SetAction((parsed, cancellationToken) => PullAsync(
            new(parsed.GetValue(source)!)
            {
                Revision = parsed.GetValue(revision),
                Name = parsed.GetValue(name),
                Sha256 = parsed.GetValue(sha256),
                ConfigFolder = parsed.GetValue(config),
            },
            parsed.GetValue(json), cancellationToken));
        return pull;
    }

    private static Verb VerifyVerb()
    {
        var name = new Argument<string?>("name")
        {
            Description = "A model under models/; none: all.",
            HelpName = "NAME",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var verify = new Verb(
            "verify", "Compares installed models with what was fetched (SHA-256), and every weight's key and shape with their "
                + "configurations.",
            ("vico models verify", "check every model under models/"), ("vico models verify toybox", "check one")) { name };
        var json = Terminal.JsonOption();
        verify.Add(json);
        verify.SetAction((parsed, cancellationToken) => VerifyAsync(parsed.GetValue(name), parsed.GetValue(json), cancellationToken));
        return verify;
    }

    private static Verb ConvertVerb()
    {
        var source = new Argument<string>("source")
        {
            Description = "A diffusers folder, a name under models/, or a single file: .safetensors, .ckpt.",
            HelpName = "SOURCE",
        };
        var output = new Option<string>("--out")
        {
            Description = "New folder (diffusers' layout), or new .safetensors file (the original code's layout).",
            Required = true,
            HelpName = "PATH",
        };
        var half = new Option<bool>("--half") { Description = "Write weights as float16." };
        var config = ConfigOption();
        var convert = new Verb(
            "convert", "Rewrites a base model as a folder or as a single file. Every key is compared with the configuration first.",
            ("vico models convert v1-5-pruned-emaonly.ckpt --out models/sd15", "a single file to a folder, then: --model sd15"),
            ("vico models convert sd15 --out sd15.safetensors --half", "a folder to a single file, half precision"),
            ("vico models convert toybox --out toybox.safetensors", "the model that ships"),
            ("vico models convert toybox.safetensors --config models/toybox --out models/again",
                "and back; its shape is not Stable Diffusion's, so it needs its configurations"))
        {
            source, output, half, config,
        };
        var json = Terminal.JsonOption();
        convert.Add(json);
        convert.SetAction(parsed => Convert(
            parsed.GetValue(source)!, parsed.GetValue(output)!, parsed.GetValue(half) ? WeightPrecision.Half : WeightPrecision.Same,
            parsed.GetValue(config), parsed.GetValue(json)));
        return convert;
    }

    private static Option<string?> ConfigOption() => new("--config")
    {
        Description = "Folder with configurations and tokenizer of a single file whose shape is not Stable Diffusion 1.x's.",
        HelpName = "DIR",
    };

    private static int List(bool json)
    {
        if (json)
        {
            Terminal.Json(new ModelStore(Folder).List().Select(installed => (installed, shape: BaseModelFolder.Read(installed.Folder)))
                .Select(m => new
            {
                m.installed.Name, m.installed.Folder, m.installed.Bytes, m.shape.ImageSize, m.shape.TextWidth, m.installed.Manifest?.Source,
                m.installed.Manifest?.Revision,
            }));
            return 0;
        }
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("name", "picture", "latents", "text width", "MB on disk", "recipe (vico.json)", "from");
        foreach (var installed in new ModelStore(Folder).List())
        {
            var shape = BaseModelFolder.Read(installed.Folder);
            var recipe = BaseModelDefaults.Read(installed.Folder);
            table.AddRow(
                Markup.Escape(installed.Name), $"{shape.ImageSize} px",
                $"{shape.LatentChannels} × {shape.LatentSize} × {shape.LatentSize}",
                $"{shape.TextWidth}", $"{installed.Bytes / 1e6:0}",
                $"{recipe.Training.Get(Options.TrainingOption.Steps)} steps of {recipe.Training.Get(Options.TrainingOption.BatchSize)}; "
                + $"{recipe.Sampling.Get(Options.SamplingOption.SamplingSteps)} sampling steps, guidance "
                    + $"{recipe.Sampling.Get(Options.SamplingOption.Guidance):0.#}",
                Markup.Escape(installed.Manifest is { } manifest
                    ? $"{manifest.Source} {manifest.Revision[..Math.Min(8, manifest.Revision.Length)]}".TrimEnd() : ""));
        }

        AnsiConsole.Write(table);
        return 0;
    }

    private static async Task<int> PullAsync(ModelRequest request, bool json, CancellationToken cancellationToken)
    {
        var options = new ModelHubOptions
        {
            Token = Environment.GetEnvironmentVariable("HF_TOKEN") ?? Environment.GetEnvironmentVariable("HUGGING_FACE_HUB_TOKEN"),
        };
        if (Environment.GetEnvironmentVariable("HF_ENDPOINT") is { Length: > 0 } endpoint)
            options = options with
            {
                Endpoint = Uri.TryCreate(endpoint, UriKind.Absolute, out var mirror) ? mirror
                    : throw new UsageException($"HF_ENDPOINT is '{endpoint}'; wanted an address such as https://huggingface.co."),
            };
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.ParseAdd("vico");
        var store = new ModelStore(Folder, http, options, TimeProvider.System);
        var installed = await PhaseProgress.RunAsync($"pull {request.Source}", progress =>
            store.PullAsync(request, new Reporter(progress), cancellationToken));
        if (json) Terminal.Json(new { folder = installed });
        else Console.WriteLine($"  {installed}\n  use it with --model {Path.GetFileName(installed)}");
        return 0;
    }

    private static async Task<int> VerifyAsync(string? name, bool json, CancellationToken cancellationToken)
    {
        var models = new ModelStore(Folder).List().Where(m => name is null || m.Name == name).ToList();
        if (models.Count == 0)
            throw new UsageException(name is null ? $"'{Folder}' holds no models."
                : $"'{Folder}' holds no model '{name}'; vico models list shows those that are there.");
        List<(InstalledModel Model, IReadOnlyList<string> Defects)> found = [];
        foreach (var model in models)
        {
            var defects = await PhaseProgress.RunAsync($"verify {model.Name}", progress =>
                ModelStore.VerifyAsync(model, new Reporter(progress), cancellationToken));
            found.Add((model, defects));
            if (json) continue;
            foreach (var defect in defects) Console.WriteLine($"  {defect}");
            if (defects.Count == 0)
                Console.WriteLine(model.Manifest is { } manifest ? $"  {manifest.Files.Count} files are as fetched"
                    : "  its weights fit; it was not pulled, so there are no hashes to compare with");
        }

        if (json) Terminal.Json(found.Select(f => new { f.Model.Name, isSound = f.Defects.Count == 0, f.Defects }));
        return found.TrueForAll(f => f.Defects.Count == 0) ? 0 : 1;
    }

    private static int Convert(string source, string output, WeightPrecision precision, string? config, bool json)
    {
        var path = Installation.BaseModel(source);
        if (Path.GetExtension(output) == ".safetensors")
            ModelConversion.ToSingleFile(path, output, precision, config);
        else if (Path.GetExtension(output) is ".ckpt" or ".bin" or ".pt" or ".pth")
            throw new UsageException($"'{output}': base models are written as a folder or as .safetensors, which need no pickle.");
        else
            ModelConversion.ToFolder(path, output, precision, config);
        if (json) Terminal.Json(new { path = Path.GetFullPath(output) });
        else Console.WriteLine($"  {Path.GetFullPath(output)}");
        return 0;
    }

    private sealed class Reporter(PhaseProgress progress) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value)
        {
            if (value.Total > 0)
                progress.Report(value.Done, value.Total, $"{value.Done / 1e6:0} of {value.Total / 1e6:0} MB  {value.File}");
        }
    }
}
