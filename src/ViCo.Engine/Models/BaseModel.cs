using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models.Files;
using ViCo.Engine.Models.Text;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Models.Vae;
using ViCo.Options;
using ViCo.Text;

namespace ViCo.Engine.Models;

/// <summary>
/// A frozen latent diffusion model, loaded from a folder in diffusers' layout or from a single file.
/// Everything about it comes from those files.
/// </summary>
internal sealed class BaseModel : IDisposable
{
    private readonly Dictionary<Type, IDisposable> _beside = [];

    private BaseModel(BaseModelDefaults defaults, string digest, Device device, Networks networks, NoiseSchedule schedule)
    {
        (Defaults, Digest, Device, Schedule) = (defaults, digest, device, schedule);
        (Tokenizer, TextEncoder, UNet, Vae) = networks;
    }

    public BaseModelDefaults Defaults { get; }

    /// <summary>SHA-256 (lower-case hex) over the weight files.</summary>
    public string Digest { get; }

    public Device Device { get; }

    public ClipTokenizer Tokenizer { get; }

    public CLIPTextModel TextEncoder { get; }

    public UNet2DConditionModel UNet { get; }

    public AutoencoderKL Vae { get; }

    public NoiseSchedule Schedule { get; }

    /// <summary>Constants of its passes.</summary>
    public DeviceTables Tables => Beside(model => new DeviceTables(model.Device));

    /// <summary>Side of a picture in pixels.</summary>
    public int ImageSize => UNet.Config.SampleSize * Vae.Config.Downscale;

    /// <summary>
    /// Sides of pictures are multiples of this: the autoencoder and the U-Net halve them to whole cells, and double them again.
    /// </summary>
    public int SizeMultiple => Vae.Config.Downscale << (UNet.Config.BlockOutChannels.Count - 1);

    /// <summary>[C, h, w] of one picture's latents.</summary>
    public long[] LatentShape => LatentShapeOf(ImageSize, ImageSize);

    /// <summary>[C, h, w] of the latents of a picture of another size, in pixels.</summary>
    public long[] LatentShapeOf(int width, int height) =>
        [UNet.Config.InChannels, height / Vae.Config.Downscale, width / Vae.Config.Downscale];

    /// <summary>
    /// Loads the weights; on the CPU, those stored in their own type are the mapped files themselves, resident when this returns.
    /// </summary>
    /// <param name="path">A folder in diffusers' layout, or a single checkpoint file of Stable Diffusion 1.x.</param>
    /// <param name="types">What the networks are stored and computed in; null: float32.</param>
    /// <param name="digests">Remembers the digests of weight files that have not changed; null: every file is hashed.</param>
    /// <exception cref="InvalidDataException">A file is missing, asks for what this engine does not
    /// have, or its weights do not fit.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static BaseModel Load(
        string path, Device device, NumberTypes? types = null, DigestCache? digests = null, OptionCatalog? catalog = null)
    {
        var (dtype, vaeType) = types ?? NumberTypes.Single;
        using var files = BaseModelFiles.Open(path, catalog: catalog);
        using var failed = new CancellationTokenSource();
        // Hashing runs on another thread while the networks load, which mostly takes one thread.
        var digest = Task.Run(() => digests?.Digest(files.WeightPaths, Hash) ?? Hash());
        var parts = new List<IDisposable>();
        try
        {
            var tokenizer = files.LoadTokenizer();
            var schedule = NoiseSchedule.From(files.SchedulerConfig);
            var meta = new Device(DeviceType.META);     // no memory, no starting values: each parameter is made from the file
            var textEncoder = Part(new CLIPTextModel(CLIPTextConfig.From(files.TextEncoderConfig), meta));
            var unet = Part(new UNet2DConditionModel(UNet2DConditionConfig.From(files.UNetConfig), meta));
            var vae = Part(new AutoencoderKL(AutoencoderKLConfig.From(files.VaeConfig), meta));
            files.CheckKeys(unet, vae, textEncoder);    // before anything large is made: a configuration may ask for any size
            var spacing = OptionValues.None.With(SamplingOption.Spacing, schedule.Spacing);
            var defaults = files.Defaults with { Sampling = files.Defaults.Sampling.Over(spacing) };
            CheckParts(path, tokenizer, textEncoder.Config, unet.Config, vae.Config);
            Fill(textEncoder, files.TextEncoder, dtype);
            Fill(unet, files.UNet, dtype);
            Fill(vae, files.Vae, vaeType);
            if (device.type == DeviceType.CPU) files.MakeResident(dtype);
            return new(defaults, digest.GetAwaiter().GetResult(), device, new(tokenizer, textEncoder, unet, vae), schedule);
        }
        catch
        {
            parts.ForEach(part => part.Dispose());
            failed.Cancel();
            throw;
        }
        finally
        {
            // Cancelled when something else failed; its own error was thrown above.
            digest.ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        }

        string Hash() => files.Digest(failed.Token);

        T Part<T>(T part)
            where T : IDisposable
        {
            parts.Add(part);
            return part;
        }

        void Fill(Module module, NetworkWeights weights, ScalarType type)
        {
            StateDict.Materialize(module, weights.File, weights.Rename, type);
            if (device.type != DeviceType.CPU) module.to(device);
        }
    }

    /// <summary>
    /// A model whose networks have names and shapes but no numbers, to find out which concepts fit it. It can compute nothing.
    /// </summary>
    public static BaseModel Blueprint(BaseModelFiles files)
    {
        var meta = new Device(DeviceType.META);
        return new(
            files.Defaults, "", meta,
            new(
                files.LoadTokenizer(), new(CLIPTextConfig.From(files.TextEncoderConfig), meta),
                new(UNet2DConditionConfig.From(files.UNetConfig), meta), new(AutoencoderKLConfig.From(files.VaeConfig), meta)),
            NoiseSchedule.From(files.SchedulerConfig));
    }

    /// <summary>Token ids [prompts, T] on the model's device; in the caller's scope.</summary>
    public Tensor Ids(IReadOnlyList<TokenizedPrompt> prompts)
    {
        using var scope = NewDisposeScope();
        return NewTensor.Of([.. prompts.SelectMany(p => p.Ids)], Device).view(prompts.Count, -1).MoveToOuterDisposeScope();
    }

    /// <summary>Texts as the U-Net attends to them [prompts, T, D], with the guests of a pass; in the caller's scope.</summary>
    public Tensor Read(IReadOnlyList<TokenizedPrompt> prompts, Adaptation? pass)
    {
        using var ids = Ids(prompts);
        return (pass?.TextEncoder ?? TextEncoder).call(ids, pass);
    }

    /// <summary>What others keep for this model, one object of each type: made at the first call, disposed with the model.</summary>
    public T Beside<T>(Func<BaseModel, T> make)
        where T : class, IDisposable
    {
        if (!_beside.TryGetValue(typeof(T), out var kept)) _beside[typeof(T)] = kept = make(this);
        return (T)kept;
    }

    public void Dispose()
    {
        foreach (var kept in _beside.Values) kept.Dispose();
        _beside.Clear();
        TextEncoder.Dispose();
        UNet.Dispose();
        Vae.Dispose();
    }

    private static void CheckParts(string path, ClipTokenizer tokenizer, CLIPTextConfig text, UNet2DConditionConfig unet,
        AutoencoderKLConfig vae)
    {
        Same("unet in_channels", unet.InChannels, "vae latent_channels", vae.LatentChannels);
        Same("unet cross_attention_dim", unet.CrossAttentionDim, "text_encoder hidden_size", text.Width);
        Same("tokenizer vocabulary", tokenizer.VocabularySize, "text_encoder vocab_size", text.VocabSize);
        Same("tokenizer length", tokenizer.MaxLength, "text_encoder max_position_embeddings", text.MaxPositions);

        void Same(string a, int x, string b, int y)
        {
            if (x != y) throw new InvalidDataException($"'{path}': {a} is {x} but {b} is {y}; they must be equal.");
        }
    }

    private sealed record Networks(ClipTokenizer Tokenizer, CLIPTextModel TextEncoder, UNet2DConditionModel UNet, AutoencoderKL Vae);
}
