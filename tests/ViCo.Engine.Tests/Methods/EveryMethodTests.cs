using System.Security.Cryptography;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Datasets;
using ViCo.Engine.Methods;
using ViCo.Engine.Models;
using ViCo.Engine.Tests.Engine;
using ViCo.Engine.Training;
using ViCo.Options;
using AdamW = ViCo.Engine.Training.AdamW;

namespace ViCo.Engine.Tests.Methods;

/// <summary>What holds for every method of the list, told nothing of it but its name and the rates at which a few steps show.</summary>
[Collection("tiny")]
public sealed class EveryMethodTests(TinyEngine tiny)
{
    private static readonly Dictionary<string, double> Rates = new()
    {
        ["embeddingLearningRate"] = 5e-2, ["blockLearningRate"] = 5e-3, ["prefixLearningRate"] = 0.3,
        ["loraLearningRate"] = 2e-2, ["customLearningRate"] = 1e-2, ["oftLearningRate"] = 2e-2, ["networkLearningRate"] = 1e-3,
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Methods() => [.. KnownMethods.All.Select(m => m.Options.Name)];

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task It_finds_more_of_the_noise_than_what_it_began_with_would_have(string method)
    {
        // The same seed gives the same batches: what differs is learned.
        var (learned, untouched) = (await LossesAsync(1), await LossesAsync(0));
        Assert.Equal(untouched[0], learned[0]);
        var (before, after) = (untouched[^4..].Average(), learned[^4..].Average());
        Assert.True(after < 0.95 * before, $"the last four steps' loss is {after:0.000}; without learning {before:0.000}");

        async Task<double[]> LossesAsync(double factor)
        {
            var recorder = new Recorder();
            await tiny.Engine.TrainAsync(Teapot.Training(12, Quick(method, factor)), recorder, Stop);
            return [.. recorder.Steps.Select(s => s.Term("noise")!.Value)];
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Paused_and_resumed_it_ends_bit_by_bit_where_it_would_have_ended_and_its_file_loads_writes_and_draws(string method)
    {
        var (whole, first, second) = (new Recorder(), new Recorder { PauseAt = 2 }, new Recorder());
        await tiny.Engine.TrainAsync(Teapot.Training(3, Quick(method)), whole, Stop);
        await tiny.Engine.TrainAsync(Teapot.Training(3, Quick(method)), first, Stop);
        await tiny.Engine.TrainAsync(
            Teapot.Training(3, Quick(method)) with { Resume = [first.Resumes[^1].Bytes.Stored("resume")] }, second, Stop);
        var checkpoint = whole.Checkpoints[^1].Bytes;
        Assert.Equal(checkpoint, second.Checkpoints[^1].Bytes);

        await tiny.Engine.RunAsync(() =>
        {
            using var model = BaseModel.Load(tiny.Folder, CPU);
            using var loaded = Concept.Load(model, KnownMethods.All, checkpoint.Stored("checkpoint"));
            Assert.Equal(checkpoint, Written.By(output => loaded.Write(output, 3)));
            Assert.All(loaded.NamedTensors(), t => Assert.False(t.Parameter.requires_grad, t.Name));
            return true;
        });
        var drawn = await tiny.Engine.GenerateAsync(
            new(checkpoint.Stored(), [Teapot.Photos[0]], "a photo of a *", [1]), new Recorder(), Stop);
        var plain = await tiny.Engine.GenerateAsync(new(null, [], "a photo of a teapot", [1]), new Recorder(), Stop);
        Assert.NotEqual(plain[0].Png.ToArray(), drawn[0].Png.ToArray());
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public Task Training_moves_every_tensor_of_the_concept_and_no_bit_of_the_base_model(string method) => tiny.Engine.RunAsync(() =>
    {
        using var scope = NewDisposeScope();
        using var model = BaseModel.Load(tiny.Folder, CPU);
        var frozen = Digest(model);
        var options = TrainingOptions.From(model.Defaults, Quick(method));
        using var concept = Concept.Create(model, KnownMethods.All.Named(method), options, ["teapot"]);
        using var data = KnownMethods.All.Named(method).Data(
            model, concept, new([[.. Photos(model, options)]], new ClassPictures(folder: null)));
        using var optimizer = new AdamW(concept.ParameterGroups(), options.Get(TrainingOption.WeightDecay));
        var before = concept.NamedTensors().ToDictionary(t => t.Name, t => t.Parameter.detach().clone());
        var adapted = new Adapted(model, concept);
        for (var step = 1; step <= 2; step++)
            TrainingLoop.Step(() => KnownMethods.All.Named(method).Loss(adapted, data.Batch(step)), optimizer);

        Assert.Equal(frozen, Digest(model));
        Assert.All(model.TextEncoder.parameters().Concat(model.UNet.parameters()), p => Assert.Null(p.grad));
        Assert.All(concept.NamedTensors(), t => Assert.False(t.Parameter.equal(before[t.Name]).all().item<bool>(), t.Name));
        return true;
    });

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task With_merged_tokens_it_learns_and_draws_something_else(string method)
    {
        var (whole, merged) = (new Recorder(), new Recorder());
        await tiny.Engine.TrainAsync(Teapot.Training(2, Quick(method)), whole, Stop);
        await tiny.Engine.TrainAsync(Teapot.Training(2, Quick(method).With(TrainingOption.TokenMerging, 0.5)), merged, Stop);
        Assert.NotEqual(whole.Steps[0].Term("noise"), merged.Steps[0].Term("noise"));
        Assert.All(merged.Steps, step => Assert.True(double.IsFinite(step.Loss)));
        var request = new GenerationRequest(merged.Checkpoints[^1].Bytes.Stored(), [Teapot.Photos[0]], "a photo of a *", [1])
            .With(SamplingOption.SamplingSteps, 2);
        var pictures = new List<byte[]>();
        foreach (var drawn in new[] { request, request.With(TrainingOption.TokenMerging, 0.5) })
            pictures.Add(ViCo.Pictures.PictureCodec.Decode((await tiny.Engine.GenerateAsync(drawn, new Recorder(), Stop))[0].Png, "p").Rgb);
        Assert.NotEqual(pictures[0], pictures[1]);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task It_draws_beside_a_concept_of_another_method_what_it_draws_alone(string method)
    {
        GenerationRequest[] requests =
        [
            new(await TrainedAsync(method), [], "a photo of a *", [1]),
            new((await tiny.TrainedAsync()).Stored(), [Teapot.Photos[0]], "a photo of a *", [1]),
            new(await TrainedAsync(method, seed: 9), [], "a photo of a * in the snow", [2]),
        ];
        var together = await tiny.Engine.GenerateAsync(requests, [.. requests.Select(_ => new Recorder())], Stop);
        for (var k = 0; k < requests.Length; k++)
        {
            var alone = await tiny.Engine.GenerateAsync(requests[k], new Recorder(), Stop);
            Assert.True(Psnr.Of(alone[0], together[k][0]) > 50, $"{k}: {Psnr.Of(alone[0], together[k][0]):0.0} dB");
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Its_parts_lie_on_the_models_device_with_names_and_shapes_where_nothing_has_numbers(string method)
    {
        var checkpoint = await TrainedAsync(method);
        await tiny.Engine.RunAsync(() =>
        {
            using var scope = NewDisposeScope();
            using var model = BaseModel.Load(tiny.Folder, new Device(DeviceType.META));
            using var concept = Concept.Load(model, KnownMethods.All, checkpoint);
            using IWeightFile file = SafetensorsFile.Open(checkpoint);
            Assert.Equal(file.Names.Select(n => $"{n} [{string.Join(", ", file.Info(n).Shape)}]"),
                concept.NamedTensors().Select(t => $"{t.Name} [{string.Join(", ", t.Parameter.shape)}]").Order(StringComparer.Ordinal));
            Assert.All(concept.NamedTensors(), t => Assert.Equal(DeviceType.META, t.Parameter.device.type));
            return true;
        });
    }

    /// <summary>Turned weights are in the reference's path too: what one checkpoint saw there is no other's, whatever the half of guidance.
    /// </summary>
    [Fact]
    public async Task References_that_a_ViCo_with_rotations_has_read_serve_no_other_checkpoint()
    {
        var (first, second) = (await TrainedAsync("vico-oft"), await TrainedAsync("vico-oft", seed: 9));
        await using var cold = await tiny.LoadAnotherAsync();
        var request = new GenerationRequest(second, [Teapot.Photos[0]], "a photo of a *", [1]) { CacheKey = "kept" };
        var alone = await cold.GenerateAsync(request, new Recorder(), Stop);
        await tiny.Engine.GenerateAsync(request with { Checkpoint = first }, new Recorder(), Stop);
        var after = await tiny.Engine.GenerateAsync(request, new Recorder(), Stop);
        Assert.Equal(ViCo.Pictures.PictureCodec.Decode(alone[0].Png, "p").Rgb, ViCo.Pictures.PictureCodec.Decode(after[0].Png, "p").Rgb);
    }

    [Theory]
    [InlineData("dreambooth-lora")]
    [InlineData("oft")]
    [InlineData("dreambooth")]
    [InlineData("dreambooth-text-encoder")]
    [InlineData("custom-diffusion")]
    public Task Before_its_first_step_it_finds_the_noise_that_the_base_model_finds(string method) => tiny.Engine.RunAsync(() =>
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = BaseModel.Load(tiny.Folder, CPU);
        var options = TrainingOptions.From(model.Defaults, Quick(method));
        using var concept = Concept.Create(model, KnownMethods.All.Named(method), options, ["teapot"]);
        var prompt = concept.Read("a photo of a * on a table");
        var pass = concept.Join(new() { Prompts = [prompt] }, Share.Whole);
        var text = model.Read([prompt], pass);
        // Custom Diffusion's word is its own from the start.
        if (method != "custom-diffusion")
        {
            var words = model.Tokenizer.Encode("a photo of a sks teapot on a table");
            Assert.Equal(words.Ids, prompt.Ids);
            Assert.True(model.Read([words], null).equal(text).all().item<bool>());
        }
        using var random = new Generator(3);
        var (latents, timestep) = (randn([1, .. model.LatentShape], generator: random), tensor([500L]));
        var found = (pass.UNet ?? model.UNet).call(latents, timestep, new(text), pass);
        Assert.True(found.equal(model.UNet.call(latents, timestep, new(text), null)).all().item<bool>());
        return true;
    });

    private static OptionValues Quick(string method, double factor = 1)
    {
        var rates = KnownMethods.All.Named(method).Options.Options.OfType<Option<double>>().Where(o => Rates.ContainsKey(o.Name));
        var few = OptionValues.None.With(TrainingOption.Method, method).With(TrainingOption.BatchSize, 1)
            .With(TrainingOption.CheckpointEvery, 100).With(PriorOption.PriorPictures, 2);
        return rates.Aggregate(few, (options, rate) => options.With(rate, factor * Rates[rate.Name]));
    }

    private static IEnumerable<ViCo.Pictures.Picture> Photos(BaseModel model, TrainingOptions options) =>
        Teapot.Photos.Take(2).Select(photo => PhotoTensor.Square(photo, model.ImageSize, options.Values));

    private static string Digest(BaseModel model)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var parameter in model.TextEncoder.parameters().Concat(model.UNet.parameters()).Concat(model.Vae.parameters()))
            hash.AppendData(parameter.bytes);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private async Task<StoredFile> TrainedAsync(string method, int seed = 23)
    {
        var recorder = new Recorder();
        await tiny.Engine.TrainAsync(Teapot.Training(2, Quick(method).With(TrainingOption.Seed, seed)), recorder, Stop);
        return recorder.Checkpoints[^1].Bytes.Stored("trained");
    }
}
