using System.CommandLine;
using System.Text.Json;
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
            using var unet = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(model, "unet", "config.json")));
            using var vae = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(model, "vae", "config.json")));
            var (latent, channels) = (unet.RootElement.GetProperty("sample_size").GetInt32(), unet.RootElement.GetProperty("in_channels").GetInt32());
            var factor = 1 << (vae.RootElement.GetProperty("block_out_channels").GetArrayLength() - 1);
            var bytes = Directory.EnumerateFiles(model, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
            var recipe = BaseModelDefaults.Read(model);
            table.AddRow(
                Path.GetFileName(model), $"{latent * factor} px", $"{channels} × {latent} × {latent}",
                $"{unet.RootElement.GetProperty("cross_attention_dim").GetInt32()}", $"{bytes / 1e6:0}",
                $"{recipe.Training.Steps} steps of {recipe.Training.BatchSize}; {recipe.Sampling.Steps} sampling steps, guidance {recipe.Sampling.GuidanceScale:0.#}");
        }

        AnsiConsole.Write(table);
        return 0;
    }
}
