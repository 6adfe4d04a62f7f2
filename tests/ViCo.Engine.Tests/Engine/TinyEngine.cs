using System.Text.Json.Nodes;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Models.Vae;
using ViCo.Options;

namespace ViCo.Engine.Tests.Engine;

/// <summary>An engine for tests of what holds for any weights: Stable Diffusion's places at 16 × 16 px, random and quick.</summary>
/// <remarks>The text tower is the toybox's.</remarks>
public sealed class TinyEngine : IAsyncLifetime
{
    private const string Weights = "diffusion_pytorch_model.safetensors";

    private readonly ModelFolder _folder = new();
    private byte[]? _trained;

    internal TorchEngine Engine { get; private set; } = null!;

    /// <summary>The base model.</summary>
    internal string Folder => _folder.Path;

    public async ValueTask InitializeAsync()
    {
        _folder.TakeFromToybox("scheduler", "tokenizer", "text_encoder");
        // Blocks that start as the identity would hardly show after the few steps of a test.
        _folder.Describe("""
            { "name": "tiny", "training": { "blockInitialization": "default" }, "sampling": { "steps": 4, "imageGuidanceScale": 2 } }
            """);
        using (var generator = new Generator(1))
        {
            _folder.Write(
                "unet", Weights, c => new UNet2DConditionModel(UNet2DConditionConfig.From(c)), Random,
                ("block_out_channels", new JsonArray(16, 16, 32, 32)), ("in_channels", 4), ("out_channels", 4), ("sample_size", 8),
                ("attention_head_dim", 2));
            _folder.Write(
                "vae", Weights, c => new AutoencoderKL(AutoencoderKLConfig.From(c)), Random, ("block_out_channels", new JsonArray(16, 16)),
                ("latent_channels", 4), ("down_block_types", new JsonArray("DownEncoderBlock2D", "DownEncoderBlock2D")),
                ("up_block_types", new JsonArray("UpDecoderBlock2D", "UpDecoderBlock2D")));

            void Random(nn.Module module)
            {
                foreach (var (name, parameter) in module.named_parameters())
                {
                    var inputs = parameter.numel() / parameter.shape[0];
                    if (parameter.Dimensions > 1) parameter.copy_(randn(parameter.shape, generator: generator).Over(Math.Sqrt(inputs)));
                    else parameter.copy_(tensor(name.EndsWith("weight", StringComparison.Ordinal) ? 1f : 0));
                }
            }
        }
        Engine = await LoadAnotherAsync();
    }

    /// <summary>An engine that takes one core, so that tests beside it go on.</summary>
    internal static TorchEngineOptions Quiet { get; } =
        new TorchEngineOptions { Niceness = 0 }.With(EngineOption.Threads, 1);

    /// <summary>Another engine over the same weights.</summary>
    internal Task<TorchEngine> LoadAnotherAsync(string precision = Precision.Single) =>
        TorchEngine.LoadAsync(Folder, Quiet.With(EngineOption.Precision, precision));

    /// <summary>An engine over the same weights whose base model has defaults of its own.</summary>
    /// <param name="defaults">The text of its <c>vico.json</c>.</param>
    internal async Task<TorchEngine> LoadWithAsync(string defaults, OptionCatalog? catalog = null)
    {
        // Read whole while loading: what is mapped stays so, although the folder goes.
        using var folder = WithParts(defaults);
        return await TorchEngine.LoadAsync(folder.Path, Quiet with { Catalog = catalog ?? OptionCatalog.Default });
    }

    /// <summary>The base model with defaults of its own, and further parts of the toybox such as <c>clip</c>.</summary>
    /// <param name="defaults">The text of its <c>vico.json</c>.</param>
    internal ModelFolder WithParts(string defaults, params ReadOnlySpan<string> parts)
    {
        var folder = new ModelFolder();
        folder.TakeFrom(_folder);
        folder.TakeFromToybox(parts);
        folder.Describe(defaults);
        return folder;
    }

    /// <summary>A checkpoint of the teapot after two steps, for tests that need any.</summary>
    internal async Task<byte[]> TrainedAsync()
    {
        if (_trained is not null) return _trained;
        var recorder = new Recorder();
        await Engine.TrainAsync(Teapot.Training(2, OptionValues.None
            .With(TrainingOption.BatchSize, 2)), recorder, TestContext.Current.CancellationToken);
        return _trained = recorder.Checkpoints[^1].Bytes;
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        _folder.Dispose();
    }
}

[CollectionDefinition("tiny")]
public sealed class TinyGroup : ICollectionFixture<TinyEngine>;
