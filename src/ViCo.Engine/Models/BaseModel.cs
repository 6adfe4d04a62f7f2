using System.Security.Cryptography;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Models.Text;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Models.Vae;

namespace ViCo.Engine.Models;

/// <summary>A frozen latent diffusion model, loaded from a folder in diffusers' layout. Everything about it comes from the files there.</summary>
internal sealed class BaseModel : IDisposable
{
    private BaseModel(
        BaseModelDefaults defaults, string digest, Device device, ClipTokenizer tokenizer, CLIPTextModel textEncoder,
        UNet2DConditionModel unet, AutoencoderKL vae, NoiseSchedule schedule) =>
        (Defaults, Digest, Device, Tokenizer, TextEncoder, UNet, Vae, Schedule) =
            (defaults, digest, device, tokenizer, textEncoder, unet, vae, schedule);

    public BaseModelDefaults Defaults { get; }

    /// <summary>SHA-256 (lower-case hex) over the weight files.</summary>
    public string Digest { get; }

    public Device Device { get; }

    public ClipTokenizer Tokenizer { get; }

    public CLIPTextModel TextEncoder { get; }

    public UNet2DConditionModel UNet { get; }

    public AutoencoderKL Vae { get; }

    public NoiseSchedule Schedule { get; }

    /// <summary>Side of a picture in pixels.</summary>
    public int ImageSize => UNet.Config.SampleSize * Vae.Config.Downscale;

    /// <summary>[C, h, w] of one picture's latents.</summary>
    public long[] LatentShape => [UNet.Config.InChannels, UNet.Config.SampleSize, UNet.Config.SampleSize];

    /// <exception cref="InvalidDataException">A file is missing, asks for what this engine does not have, or its weights do not fit.</exception>
    public static BaseModel Load(string folder, Device device)
    {
        if (!Directory.Exists(folder)) throw new InvalidDataException($"Base model folder '{Path.GetFullPath(folder)}' does not exist.");
        var defaults = BaseModelDefaults.Read(folder);
        var tokenizer = ClipTokenizer.Load(Path.Combine(folder, "tokenizer"));
        var schedule = NoiseSchedule.From(Config("scheduler", "scheduler_config.json"));
        var (unetFile, vaeFile, textFile) = (
            WeightFile(folder, "unet", "diffusion_pytorch_model"), WeightFile(folder, "vae", "diffusion_pytorch_model"),
            WeightFile(folder, "text_encoder", "model"));

        var textEncoder = new CLIPTextModel(CLIPTextConfig.From(Config("text_encoder")));
        var unet = new UNet2DConditionModel(UNet2DConditionConfig.From(Config("unet")));
        var vae = new AutoencoderKL(AutoencoderKLConfig.From(Config("vae")));
        var model = new BaseModel(defaults, DigestOf([unetFile, vaeFile, textFile]), device, tokenizer, textEncoder, unet, vae, schedule);
        try
        {
            model.CheckParts(folder);
            Fill(textEncoder, textFile, key => key == "text_model.embeddings.position_ids" ? null : key);
            Fill(unet, unetFile, null);
            Fill(vae, vaeFile, WithoutLegacyNames);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }

        ConfigJson Config(string part, string file = "config.json") => ConfigJson.Read(Path.Combine(folder, part, file));

        void Fill(Module module, string path, Func<string, string?>? rename)
        {
            using var file = SafetensorsFile.Open(path);
            StateDict.LoadFrozen(module, file, rename);
            if (device.type != DeviceType.CPU) module.to(device);
        }
    }

    /// <summary>Token ids [prompts, T] on the model's device; in the caller's scope.</summary>
    public Tensor Ids(IReadOnlyList<TokenizedPrompt> prompts)
    {
        using var scope = NewDisposeScope();
        return tensor([.. prompts.SelectMany(p => p.Ids)]).view(prompts.Count, -1).to(Device).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        TextEncoder.Dispose();
        UNet.Dispose();
        Vae.Dispose();
    }

    private void CheckParts(string folder)
    {
        Same("unet in_channels", UNet.Config.InChannels, "vae latent_channels", Vae.Config.LatentChannels);
        Same("unet cross_attention_dim", UNet.Config.CrossAttentionDim, "text_encoder hidden_size", TextEncoder.Config.Width);
        Same("tokenizer vocabulary", Tokenizer.VocabularySize, "text_encoder vocab_size", TextEncoder.Config.VocabSize);
        Same("tokenizer length", Tokenizer.MaxLength, "text_encoder max_position_embeddings", TextEncoder.Config.MaxPositions);

        void Same(string a, int x, string b, int y)
        {
            if (x != y) throw new InvalidDataException($"'{folder}': {a} is {x} but {b} is {y}; they must be equal.");
        }
    }

    private static string WeightFile(string folder, string part, string stem)
    {
        string[] candidates = [$"{stem}.safetensors", $"{stem}.fp16.safetensors"];
        return candidates.Select(name => Path.Combine(folder, part, name)).FirstOrDefault(File.Exists)
            ?? throw new InvalidDataException($"'{Path.Combine(folder, part)}' holds neither {string.Join(" nor ", candidates)}.");
    }

    private static string DigestOf(string[] files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        foreach (var path in files)
        {
            using var file = File.OpenRead(path);
            int read;
            while ((read = file.Read(buffer)) > 0) hash.AppendData(buffer, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Old autoencoder files call the attention's projections query, key, value and proj_attn.</summary>
    private static string WithoutLegacyNames(string key) =>
        !key.Contains(".attentions.", StringComparison.Ordinal) ? key : key
            .Replace(".query.", ".to_q.", StringComparison.Ordinal).Replace(".key.", ".to_k.", StringComparison.Ordinal)
            .Replace(".value.", ".to_v.", StringComparison.Ordinal).Replace(".proj_attn.", ".to_out.0.", StringComparison.Ordinal);
}
