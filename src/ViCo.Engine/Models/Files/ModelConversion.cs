using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models.UNet;

namespace ViCo.Engine.Models.Files;

/// <summary>Rewrites a base model in the other layout. Weights pass one tensor at a time.</summary>
public static class ModelConversion
{
    /// <summary>Writes any base model as a folder in diffusers' layout with safetensors.</summary>
    /// <param name="source">A folder in diffusers' layout, or a single checkpoint file of Stable Diffusion 1.x.</param>
    /// <param name="folder">Must not exist. It appears whole or not at all.</param>
    /// <exception cref="InvalidDataException">The source is damaged, of another family, or its keys do not
    /// fit; the message lists them.</exception>
    /// <exception cref="ArgumentException">The target exists.</exception>
    public static void ToFolder(string source, string folder, WeightPrecision precision = WeightPrecision.Same, string? configFolder = null)
    {
        NewFile.Refuse(folder);
        var staged = NewFile.Staged(folder);
        try
        {
            WriteFolder(source, staged, precision, configFolder);
            Directory.Move(staged, folder);
        }
        finally
        {
            if (Directory.Exists(staged))
                Directory.Delete(staged, recursive: true);
        }
    }

    /// <summary>Writes any base model as a single safetensors file in the original code's layout.</summary>
    /// <param name="path">Must not exist. It appears whole or not at all.</param>
    /// <inheritdoc cref="ToFolder"/>
    public static void ToSingleFile(string source, string path, WeightPrecision precision = WeightPrecision.Same,
        string? configFolder = null)
    {
        NewFile.Refuse(path);
        using var files = Open(source, configFolder);
        var map = LdmKeyMap.For(UNet2DConditionConfig.From(files.UNetConfig), files.VaeConfig.Ints("block_out_channels").Count);
        var tensors = Networks(files)
            .SelectMany(n => Tensors(n.Weights, n.Part, precision, isLdm: true).Select(t => t with { Name = map.ToLdm(n.Part, t.Name) }));
        NewFile.Write(path, output => SafetensorsWriter.WriteLazily(output, tensors, Metadata));
    }

    internal static void WriteFolder(string source, string folder, WeightPrecision precision, string? configFolder)
    {
        using var files = Open(source, configFolder);
        foreach (var config in Directory.EnumerateFiles(files.ConfigFolder, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(files.ConfigFolder, config);
            if (!IsConfiguration(name))
                continue;
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, name))!);
            File.Copy(config, Path.Combine(folder, name), overwrite: true);
        }

        foreach (var (part, weights) in Networks(files))
        {
            var (name, stem) = part switch
            {
                LdmPart.UNet => ("unet", "diffusion_pytorch_model"),
                LdmPart.Vae => ("vae", "diffusion_pytorch_model"),
                _ => ("text_encoder", "model"),
            };
            Directory.CreateDirectory(Path.Combine(folder, name));
            using var output = File.Create(Path.Combine(folder, name, $"{stem}.safetensors"));
            SafetensorsWriter.WriteLazily(output, Tensors(weights, part, precision, isLdm: false), Metadata);
        }
    }

    private static BaseModelFiles Open(string source, string? configFolder)
    {
        var files = BaseModelFiles.Open(source, configFolder);
        try
        {
            files.CheckKeys();
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Tells where a downloaded model came from (ViCo.Hub writes it); not copied, since what is converted is no longer that.
    /// </summary>
    internal const string SourceFile = "vico-source.json";

    private static IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string> { ["format"] = "pt" };

    private static (LdmPart Part, NetworkWeights Weights)[] Networks(BaseModelFiles files) =>
        [(LdmPart.UNet, files.UNet), (LdmPart.Vae, files.Vae), (LdmPart.TextEncoder, files.TextEncoder)];

    /// <summary>
    /// Configurations, vocabulary, cards and licences of what is converted; no weights, and nothing of networks that are not.
    /// </summary>
    private static bool IsConfiguration(string name) =>
        Path.GetExtension(name) is ".json" or ".txt" or ".md" or "" && !name.Contains(".index.", StringComparison.Ordinal)
        && Path.GetFileName(name) != SourceFile
        && Path.GetDirectoryName(name) is "" or "unet" or "vae" or "text_encoder" or "scheduler" or "tokenizer";

    private static IEnumerable<LazyTensor> Tensors(NetworkWeights weights, LdmPart part, WeightPrecision precision, bool isLdm)
    {
        foreach (var key in weights.File.Names)
        {
            if (weights.Rename(key) is not { } name)
                continue;
            var (stored, shape) = (weights.File.Info(key).DType, weights.File.Info(key).Shape);
            // A position's number stays one.
            var dtype = stored is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64
                ? precision switch { WeightPrecision.Half => ScalarType.Float16, WeightPrecision.Single => ScalarType.Float32, _ => stored }
                : stored;
            long[] wanted = !LdmKeyMap.IsConvolutionInLdm(part, name) ? [.. shape] : isLdm ? [.. shape.Take(2), 1, 1] : [.. shape.Take(2)];
            yield return new(name, dtype, wanted, () => weights.File.Load(key, dtype).reshape(wanted));
        }
    }
}
