using System.Text.Json.Nodes;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Models.Vae;

namespace ViCo.Engine.Tests.Engine;

/// <summary>An engine for tests of what holds for any weights: Stable Diffusion's places at 16 × 16 px, random and quick, beside the toybox's text tower.</summary>
public sealed class TinyEngine : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-tiny").FullName;
    private byte[]? _trained;

    internal TorchEngine Engine { get; private set; } = null!;

    /// <summary>The base model.</summary>
    internal string Folder => _folder;

    public async ValueTask InitializeAsync()
    {
        foreach (var part in new[] { "scheduler", "tokenizer", "text_encoder" }) Copy(part, "*");
        Copy("", "model_index.json");
        // Blocks that start as the identity would hardly show after the few steps of a test.
        File.WriteAllText(Path.Combine(_folder, "vico.json"), """{ "name": "tiny", "training": { "blockInitialization": "default" }, "sampling": { "steps": 4, "imageGuidanceScale": 2 } }""");
        using (var generator = new Generator(1))
        {
            Write("unet", ("block_out_channels", [16, 16, 32, 32]), generator, c => new UNet2DConditionModel(UNet2DConditionConfig.From(c)),
                ("in_channels", 4), ("out_channels", 4), ("sample_size", 8), ("attention_head_dim", 2));
            Write("vae", ("block_out_channels", [16, 16]), generator, c => new AutoencoderKL(AutoencoderKLConfig.From(c)), ("latent_channels", 4));
        }
        Engine = await LoadAnotherAsync();
    }

    /// <summary>Another engine over the same weights.</summary>
    internal Task<TorchEngine> LoadAnotherAsync(string precision = Precision.Single) =>
        TorchEngine.LoadAsync(_folder, new() { Niceness = 0, Threads = 1, Precision = precision });

    /// <summary>A checkpoint of the teapot after two steps, for tests that need any.</summary>
    internal async Task<byte[]> TrainedAsync()
    {
        if (_trained is not null) return _trained;
        var recorder = new Recorder();
        await Engine.TrainAsync(Teapot.Training(2, new() { BatchSize = 2 }), recorder, TestContext.Current.CancellationToken);
        return _trained = recorder.Checkpoints[^1].Bytes;
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private void Write(
        string part, (string Key, int[] Values) list, Generator generator, Func<ConfigJson, nn.Module> build, params (string Key, int Value)[] numbers)
    {
        Directory.CreateDirectory(Path.Combine(_folder, part));
        var config = JsonNode.Parse(File.ReadAllText(Repository.PathOf("models", "toybox", part, "config.json")))!.AsObject();
        config[list.Key] = new JsonArray([.. list.Values.Select(v => JsonValue.Create(v))]);
        if (part == "vae")
        {
            config["down_block_types"] = new JsonArray("DownEncoderBlock2D", "DownEncoderBlock2D");
            config["up_block_types"] = new JsonArray("UpDecoderBlock2D", "UpDecoderBlock2D");
        }
        foreach (var (key, value) in numbers) config[key] = value;
        var path = Path.Combine(_folder, part, "config.json");
        File.WriteAllText(path, config.ToJsonString());

        using var scope = NewDisposeScope();
        using var module = build(ConfigJson.Read(path));
        using var noGrad = no_grad();
        foreach (var (name, parameter) in module.named_parameters())
        {
            if (parameter.Dimensions > 1) parameter.copy_(randn(parameter.shape, generator: generator).Over(Math.Sqrt(parameter.numel() / parameter.shape[0])));
            else parameter.copy_(tensor(name.EndsWith("weight", StringComparison.Ordinal) ? 1f : 0));
        }
        File.WriteAllBytes(Path.Combine(_folder, part, "diffusion_pytorch_model.safetensors"), SafetensorsWriter.ToBytes(module.state_dict(), new Dictionary<string, string>()));
    }

    private void Copy(string part, string pattern)
    {
        Directory.CreateDirectory(Path.Combine(_folder, part));
        foreach (var file in Directory.EnumerateFiles(Repository.PathOf("models", "toybox", part), pattern))
            File.Copy(file, Path.Combine(_folder, part, Path.GetFileName(file)));
    }
}

[CollectionDefinition("tiny")]
public sealed class TinyGroup : ICollectionFixture<TinyEngine>;
