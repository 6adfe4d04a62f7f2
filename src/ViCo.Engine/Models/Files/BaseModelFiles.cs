using System.Security.Cryptography;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models.Text;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Models.Vae;
using ViCo.Options;
using ViCo.Text;

namespace ViCo.Engine.Models.Files;

/// <summary>
/// A base model as it lies on the disk: a folder in diffusers' layout, or a single file of the original code. Dispose it when loaded.
/// </summary>
internal sealed class BaseModelFiles : IDisposable
{
    /// <summary>Keys that a message lists of a file that is of another kind altogether.</summary>
    private const int Shown = 10;

    private readonly List<IWeightFile> _open = [];
    private readonly List<string> _paths = [];
    private readonly string _configs;

    private BaseModelFiles(string path, string? configFolder, OptionCatalog? catalog)
    {
        try
        {
            var isFolder = Directory.Exists(path);
            _configs = configFolder ?? (isFolder ? path : StableDiffusion1.Folder);
            UNetConfig = Config("unet", "config.json");
            VaeConfig = Config("vae", "config.json");
            TextEncoderConfig = Config("text_encoder", "config.json");
            SchedulerConfig = Config("scheduler", "scheduler_config.json");
            if (isFolder)
            {
                Defaults = BaseModelDefaults.Read(path, catalog);
                UNet = new(OpenPart(path, Parts[0]), Plain);
                Vae = new(OpenPart(path, Parts[1]), key => LdmKeyMap.WithoutLegacyNames(Plain(key)));
                TextEncoder = new(OpenPart(path, Parts[2]), TextKey);
            }
            else
            {
                Defaults = new() { Name = Path.GetFileNameWithoutExtension(path) };
                (UNet, Vae, TextEncoder) = OpenSingle(path);
            }

            CheckWidths();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <param name="path">A folder in diffusers' layout, or a single <c>.safetensors</c>, <c>.ckpt</c> or
    /// <c>.pt</c> of Stable Diffusion 1.x.</param>
    /// <param name="configFolder">Where a single file's configurations and tokenizer are, in diffusers' layout;
    /// null: Stable Diffusion 1.x's own.</param>
    /// <exception cref="InvalidDataException">Something is missing, damaged or of another family; the message says what.</exception>
    public static BaseModelFiles Open(string path, string? configFolder = null, OptionCatalog? catalog = null)
    {
        if (!Directory.Exists(path) && !File.Exists(path))
            throw new InvalidDataException(
                $"Base model '{Path.GetFullPath(path)}' does not exist; wanted a folder in diffusers' layout or a single checkpoint file.");
        return new(path, configFolder, catalog);
    }

    /// <summary>Without what torch.compile puts into the names of a network that it has compiled.</summary>
    private static string Plain(string key) => key.Replace("_orig_mod.", "", StringComparison.Ordinal);

    /// <summary>With <c>text_model.</c>, which newer versions of transformers leave out.</summary>
    private static string? TextKey(string key)
    {
        const string prefix = "text_model.";
        var name = Plain(key);
        if (!name.StartsWith(prefix, StringComparison.Ordinal)) name = prefix + name;
        return name == prefix + "embeddings.position_ids" ? null : name;
    }

    /// <summary>The networks' folders, and how their weight files are called without and with pickle.</summary>
    public static IReadOnlyList<(string Folder, string Stem, string PickleStem)> Parts { get; } =
    [
        ("unet", "diffusion_pytorch_model", "diffusion_pytorch_model"), ("vae", "diffusion_pytorch_model", "diffusion_pytorch_model"),
        ("text_encoder", "model", "pytorch_model"),
    ];

    /// <summary>
    /// Weight files of which the first that is there is taken: safetensors before pickles, plain
    /// before half precision, whole before sharded.
    /// </summary>
    public static string[] Candidates(string stem, string pickleStem) =>
    [
        $"{stem}.safetensors", $"{stem}.safetensors.index.json", $"{stem}.fp16.safetensors", $"{stem}.safetensors.index.fp16.json",
        $"{stem}.fp16.safetensors.index.json", $"{pickleStem}.bin", $"{pickleStem}.bin.index.json", $"{pickleStem}.fp16.bin",
        $"{pickleStem}.bin.index.fp16.json", $"{pickleStem}.fp16.bin.index.json",
    ];

    public BaseModelDefaults Defaults { get; }

    public ConfigJson UNetConfig { get; }

    public ConfigJson VaeConfig { get; }

    public ConfigJson TextEncoderConfig { get; }

    public ConfigJson SchedulerConfig { get; }

    /// <summary>The folder of <c>vocab.json</c> and <c>merges.txt</c>.</summary>
    public string TokenizerFolder => Path.Combine(_configs, "tokenizer");

    /// <summary>The tokenizer's folder of a base model at <paramref name="path"/>, a folder or one file.</summary>
    public static string TokenizerFolderOf(string path) =>
        Path.Combine(Directory.Exists(path) ? path : StableDiffusion1.Folder, "tokenizer");

    /// <summary>The folder of the configurations, in diffusers' layout.</summary>
    public string ConfigFolder => _configs;

    public NetworkWeights UNet { get; }

    public NetworkWeights Vae { get; }

    public NetworkWeights TextEncoder { get; }

    /// <summary>
    /// Compares every key and shape with the networks that the configurations describe. Reads no weight and takes no memory for them.
    /// </summary>
    /// <exception cref="InvalidDataException">Keys are missing, unexpected or of another shape; all are named.</exception>
    public void CheckKeys()
    {
        var meta = new Device(DeviceType.META);
        using var unet = new UNet2DConditionModel(UNet2DConditionConfig.From(UNetConfig), meta);
        using var vae = new AutoencoderKL(AutoencoderKLConfig.From(VaeConfig), meta);
        using var textEncoder = new CLIPTextModel(CLIPTextConfig.From(TextEncoderConfig), meta);
        CheckKeys(unet, vae, textEncoder);
    }

    /// <summary>As <see cref="CheckKeys()"/>, with networks already built.</summary>
    public void CheckKeys(UNet2DConditionModel unet, AutoencoderKL vae, CLIPTextModel textEncoder)
    {
        string?[] misfits = [Misfits(unet, UNet), Misfits(vae, Vae), Misfits(textEncoder, TextEncoder)];
        if (Array.Exists(misfits, m => m is not null))
            throw new InvalidDataException(string.Join('\n', misfits.OfType<string>()));

        static string? Misfits(Module network, NetworkWeights weights) =>
            StateDict.Misfits(network.named_parameters().Select(p => (p.name, p.parameter.shape)), weights.File, weights.Rename,
                network.GetName());
    }

    public ClipTokenizer LoadTokenizer() => ClipTokenizer.Load(TokenizerFolder);

    /// <summary>Paths of the weight files, in the order U-Net, autoencoder, text encoder.</summary>
    public IReadOnlyList<string> WeightPaths => _paths;

    /// <inheritdoc cref="IWeightFile.MakeResident"/>
    public void MakeResident(ScalarType dtype) => _open.ForEach(file => file.MakeResident(dtype));

    /// <summary>SHA-256 (lower-case hex) over the weight files' bytes, in the order of <see cref="WeightPaths"/>.</summary>
    public string Digest(CancellationToken cancellationToken = default)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        foreach (var path in _paths)
        {
            using var file = File.OpenRead(path);
            int read;
            while ((read = file.Read(buffer)) > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, read);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void Dispose()
    {
        foreach (var file in _open)
            file.Dispose();
    }

    private ConfigJson Config(string part, string file) => ConfigJson.Read(Path.Combine(_configs, part, file));

    private IWeightFile OpenPart(string folder, (string Folder, string Stem, string PickleStem) part)
    {
        var candidates = Candidates(part.Stem, part.PickleStem);
        var path = candidates.Select(name => Path.Combine(folder, part.Folder, name)).FirstOrDefault(File.Exists)
            ?? throw new InvalidDataException(
                $"'{Path.Combine(folder, part.Folder)}' holds no weights; wanted one of {string.Join(", ", candidates)}.");
        if (!path.EndsWith(".json", StringComparison.Ordinal))
            return Keep(WeightFiles.Open(path), [path]);
        var sharded = ShardedWeights.Open(path);
        return Keep(sharded, sharded.Paths);
    }

    private IWeightFile Keep(IWeightFile file, IEnumerable<string> paths)
    {
        _open.Add(file);
        _paths.AddRange(paths);
        return file;
    }

    private (NetworkWeights UNet, NetworkWeights Vae, NetworkWeights Text) OpenSingle(string path)
    {
        var file = Keep(WeightFiles.Open(path), [path]);
        RefuseOtherFamilies(file);
        var unet = UNet2DConditionConfig.From(UNetConfig);
        var map = LdmKeyMap.For(unet, VaeConfig.Ints("block_out_channels").Count);
        var unknown = file.Names.Where(key => map.FromLdm(Plain(key)).Part == LdmPart.Unknown).ToList();
        if (unknown.Count > 0)
        {
            throw new InvalidDataException(
                $"'{path}' holds {unknown.Count} tensors that belong to no network of a Stable Diffusion 1.x checkpoint:\n  "
                + string.Join("\n  ", unknown.Take(Shown).Select(key => $"unexpected {key} {file.Info(key)}"))
                + (unknown.Count > Shown ? $"\n  and {unknown.Count - Shown} more" : ""));
        }
        (LdmPart Part, string Name)[] networks =
            [(LdmPart.UNet, "U-Net"), (LdmPart.Vae, "autoencoder (VAE)"), (LdmPart.TextEncoder, "text encoder")];
        var there = file.Names.Select(key => map.FromLdm(Plain(key)).Part).ToHashSet();
        if (networks.Where(n => !there.Contains(n.Part)).Select(n => n.Name).ToList() is { Count: > 0 } missing)
        {
            throw new InvalidDataException(
                $"'{path}' holds no {string.Join(" and no ", missing)}, only "
                + $"{string.Join(" and ", networks.Where(n => there.Contains(n.Part)).Select(n => n.Name))}; "
                + "wanted a whole checkpoint of Stable Diffusion 1.x.");
        }

        return (Part(LdmPart.UNet), Part(LdmPart.Vae), Part(LdmPart.TextEncoder));

        NetworkWeights Part(LdmPart wanted) =>
            new(file, key => map.FromLdm(Plain(key)) is var (part, name) && part == wanted ? name : null);
    }

    /// <summary>
    /// Whether weights and configurations are of one model, by a few shapes; <see cref="CheckKeys()"/> and the loader compare all.
    /// </summary>
    private void CheckWidths()
    {
        var (unet, vae, text) =
            (UNet2DConditionConfig.From(UNetConfig), AutoencoderKLConfig.From(VaeConfig), CLIPTextConfig.From(TextEncoderConfig));
        Check(UNet, "conv_in.weight", unet.BlockOutChannels[0], unet.InChannels, 3, 3);
        Check(UNet, "mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight", unet.BlockOutChannels[^1], unet.CrossAttentionDim);
        Check(Vae, "decoder.conv_in.weight", vae.BlockOutChannels[^1], vae.LatentChannels, 3, 3);
        Check(TextEncoder, "text_model.embeddings.token_embedding.weight", text.VocabSize, text.Width);

        void Check(NetworkWeights weights, string name, params ReadOnlySpan<long> wanted)
        {
            var key = weights.File.Names.FirstOrDefault(n => weights.Rename(n) == name);
            if (key is not null && !wanted.SequenceEqual([.. weights.File.Info(key).Shape]))
            {
                throw new InvalidDataException(
                    $"'{weights.File.Name}': {key} is {weights.File.Info(key)}; the configuration in '{_configs}' wants "
                    + $"[{string.Join(", ", wanted.ToArray())}]. It is another "
                        + $"model's{(_configs == StableDiffusion1.Folder ? "; name the folder of its own configurations" : "")}.");
            }
        }
    }

    private static void RefuseOtherFamilies(IWeightFile file)
    {
        foreach (var (prefix, family) in new[]
        {
            ("conditioner.", "Stable Diffusion XL"), ("cond_stage_model.model.", "Stable Diffusion 2"),
            ("model.diffusion_model.joint_blocks.", "Stable Diffusion 3"),
            ("control_model.", "a ControlNet"), ("down_blocks.", "a single network in diffusers' layout, which belongs into its folder"),
            ("lora_unet_", "a LoRA"),
        })
        {
            if (file.Names.Any(n => n.StartsWith(prefix, StringComparison.Ordinal)))
                throw new InvalidDataException($"'{file.Name}' holds {family} ({prefix}…); wanted a checkpoint of Stable Diffusion 1.x.");
        }

        if (file.Names.Any(n => n.Contains(".lora_A.", StringComparison.Ordinal) || n.Contains(".lora_down.", StringComparison.Ordinal)
            || n.Contains(".lora.down.", StringComparison.Ordinal)))
            throw new InvalidDataException($"'{file.Name}' holds a LoRA; wanted a checkpoint of Stable Diffusion 1.x.");
        if (file.Names.Any(n => n.StartsWith("embedding.", StringComparison.Ordinal)
            || n.Contains(".image_cross_attention.", StringComparison.Ordinal)))
            throw new InvalidDataException(
                $"'{file.Name}' holds a concept of ViCo, which goes beside a base model; wanted a checkpoint of Stable Diffusion 1.x.");
        if (file.Names.Count == 0)
            throw new InvalidDataException($"'{file.Name}' holds no tensors by name; wanted a checkpoint of Stable Diffusion 1.x.");
    }
}
