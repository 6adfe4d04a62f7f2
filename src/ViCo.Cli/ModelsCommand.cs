using System.CommandLine;
using Spectre.Console;
using ViCo.Cli.CommandLine;
using ViCo.Engine.Models;

namespace ViCo.Cli;

/// <summary><c>vico models</c>: the base models that are there.</summary>
internal static class ModelsCommand
{
    public static Command Create()
    {
        var list = new Verb("list", "Base models under models/, with their sizes and recipes.", ("vico models list", "what can be given as --model")) { };
        list.SetAction(_ => List());
        return new Verb("models", "Base models.", ("vico models list", "what can be given as --model")) { list };
    }

    private static int List()
    {
        var folder = Path.Combine(Installation.Root, "models");
        var table = new Table().Border(TableBorder.Simple).AddColumns("name", "picture", "latents", "text width", "MB on disk", "recipe (vico.json)");
        foreach (var model in Directory.Exists(folder) ? Directory.GetDirectories(folder).Order(StringComparer.Ordinal).ToArray() : [])
        {
            if (!File.Exists(Path.Combine(model, "model_index.json"))) continue;
            var shape = BaseModelFolder.Read(model);
            var bytes = Directory.EnumerateFiles(model, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
            var recipe = BaseModelDefaults.Read(model);
            table.AddRow(
                Path.GetFileName(model), $"{shape.ImageSize} px", $"{shape.LatentChannels} × {shape.LatentSize} × {shape.LatentSize}",
                $"{shape.TextWidth}", $"{bytes / 1e6:0}",
                $"{recipe.Training.Steps} steps of {recipe.Training.BatchSize}; {recipe.Sampling.Steps} sampling steps, guidance {recipe.Sampling.GuidanceScale:0.#}");
        }

        AnsiConsole.Write(table);
        return 0;
    }
}
