using ViCo.Engine.Checkpoints;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Models.Text;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Models.Vae;
using ViCo.Engine.Personalization;

namespace ViCo.Engine.Models;

/// <summary>A frozen latent diffusion model, loaded from a folder in diffusers' layout or from a single file. Everything about it comes from those files.</summary>
internal sealed class BaseModel : IDisposable
{
    private readonly Task<string> _digest;

    private BaseModel(
        BaseModelDefaults defaults, Task<string> digest, Device device, ClipTokenizer tokenizer, CLIPTextModel textEncoder,
        UNet2DConditionModel unet, AutoencoderKL vae, NoiseSchedule schedule) =>
        (Defaults, _digest, Device, Tokenizer, TextEncoder, UNet, Vae, Schedule, ImageBlocks) =
            (defaults, digest, device, tokenizer, textEncoder, unet, vae, schedule, new(unet));

    public BaseModelDefaults Defaults { get; }

    /// <summary>SHA-256 (lower-case hex) over the weight files.</summary>
    public string Digest => _digest.Result;

    public Device Device { get; }

    public ClipTokenizer Tokenizer { get; }

    public CLIPTextModel TextEncoder { get; }

    public UNet2DConditionModel UNet { get; }

    public AutoencoderKL Vae { get; }

    public NoiseSchedule Schedule { get; }

    /// <summary>For concepts beside this model.</summary>
    public ImageBlockPool ImageBlocks { get; }

    /// <summary>Side of a picture in pixels.</summary>
    public int ImageSize => UNet.Config.SampleSize * Vae.Config.Downscale;

    /// <summary>Sides of pictures are multiples of this: the autoencoder and the U-Net halve them to whole cells, and double them again.</summary>
    public int SizeMultiple => Vae.Config.Downscale << (UNet.Config.BlockOutChannels.Count - 1);

    /// <summary>[C, h, w] of one picture's latents.</summary>
    public long[] LatentShape => LatentShapeOf(ImageSize, ImageSize);

    /// <summary>[C, h, w] of the latents of a picture of another size, in pixels.</summary>
    public long[] LatentShapeOf(int width, int height) => [UNet.Config.InChannels, height / Vae.Config.Downscale, width / Vae.Config.Downscale];

    /// <param name="path">A folder in diffusers' layout, or a single checkpoint file of Stable Diffusion 1.x.</param>
    /// <param name="dtype">What the three networks are stored and computed in.</param>
    /// <exception cref="InvalidDataException">A file is missing, asks for what this engine does not have, or its weights do not fit.</exception>
    public static BaseModel Load(string path, Device device, ScalarType dtype = ScalarType.Float32)
    {
        using var files = BaseModelFiles.Open(path);
        files.CheckKeys();                              // before anything large is made: a configuration may ask for any size
        var digest = Task.Run(files.Digest);            // beside the filling: both want every byte once
        var tokenizer = files.LoadTokenizer();
        var schedule = NoiseSchedule.From(files.SchedulerConfig);
        var meta = new Device(DeviceType.META);         // no memory, no starting values: each parameter is made from the file
        var textEncoder = new CLIPTextModel(CLIPTextConfig.From(files.TextEncoderConfig), meta);
        var unet = new UNet2DConditionModel(UNet2DConditionConfig.From(files.UNetConfig), meta);
        var vae = new AutoencoderKL(AutoencoderKLConfig.From(files.VaeConfig), meta);
        var sampling = files.Defaults.Sampling;
        var defaults = files.Defaults with { Sampling = sampling with { Spacing = sampling.Spacing ?? schedule.Spacing } };
        var model = new BaseModel(defaults, digest, device, tokenizer, textEncoder, unet, vae, schedule);
        try
        {
            model.CheckParts(path);
            Fill(textEncoder, files.TextEncoder);
            Fill(unet, files.UNet);
            Fill(vae, files.Vae);
            digest.GetAwaiter().GetResult();            // a file that cannot be read is an error of loading
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }

        void Fill(Module module, NetworkWeights weights)
        {
            StateDict.Materialize(module, weights.File, weights.Rename, dtype);
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
        ImageBlocks.Dispose();
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
}
