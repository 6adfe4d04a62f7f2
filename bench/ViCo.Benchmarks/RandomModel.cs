using System.Text.Json.Nodes;
using ViCo.Engine;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Files;
using ViCo.Engine.Models.Text;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Models.Vae;

namespace ViCo.Benchmarks;

/// <summary>Stable Diffusion 1.5 in all its sizes with random weights: speed depends on shapes, not on what was learned.</summary>
internal static class RandomModel
{
    private static readonly IReadOnlyDictionary<string, string> Metadata = new Dictionary<string, string> { ["format"] = "pt" };

    /// <summary>Writes a folder in diffusers' layout, float32, 4.3 GB.</summary>
    /// <param name="sizePixels">Side of its pictures, a multiple of 64.</param>
    public static void Write(string folder, int sizePixels, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        foreach (var source in Directory.EnumerateFiles(StableDiffusion1.Folder, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(folder, Path.GetRelativePath(StableDiffusion1.Folder, source));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(source, target);
        }

        var vae = AutoencoderKLConfig.From(ConfigJson.Read(Path.Combine(folder, "vae", "config.json")));
        var unetPath = Path.Combine(folder, "unet", "config.json");
        var config = JsonNode.Parse(File.ReadAllText(unetPath))!.AsObject();
        config["sample_size"] = sizePixels / vae.Downscale;
        File.WriteAllText(unetPath, config.ToJsonString());

        var meta = new Device(DeviceType.META);
        using var generator = new Generator(1);
        Part("unet", "diffusion_pytorch_model", new UNet2DConditionModel(UNet2DConditionConfig.From(ConfigJson.Read(unetPath)), meta));
        Part("vae", "diffusion_pytorch_model", new AutoencoderKL(vae, meta));
        Part("text_encoder", "model",
            new CLIPTextModel(CLIPTextConfig.From(ConfigJson.Read(Path.Combine(folder, "text_encoder", "config.json"))), meta));

        void Part(string name, string stem, Module network)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report($"writing random weights: {name}");
            using (network)
            {
                using var output = File.Create(Path.Combine(folder, name, $"{stem}.safetensors"));
                SafetensorsWriter.WriteLazily(output, network.named_parameters().Select(p => new LazyTensor(
                    p.name, ScalarType.Float32, p.parameter.shape, () => Numbers(p.name, p.parameter.shape, generator))), Metadata);
            }
        }
    }

    /// <summary>Norms as the identity; all else uniform with a variance of 1 / inputs of a unit, which keeps activations near 1.</summary>
    private static Tensor Numbers(string name, long[] shape, Generator generator)
    {
        if (shape.Length == 1) return name.EndsWith("weight", StringComparison.Ordinal) ? ones(shape) : zeros(shape);
        var bound = Math.Sqrt(3.0 * shape[0] / shape.Aggregate(1L, (a, b) => a * b));
        return rand(shape, dtype: ScalarType.Float32, generator: generator).Times(2 * bound).Minus(bound);
    }
}
