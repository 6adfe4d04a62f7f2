using TorchSharp.Modules;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Methods;
using ViCo.Engine.Models;
using ViCo.Options;
using ViCo.Engine.Tests.Methods;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Engine;

/// <summary>An engine in bf16 beside one in fp32 over the same weights.</summary>
[Collection("tiny")]
public sealed class PrecisionEngineTests(TinyEngine tiny) : IAsyncLifetime
{
    private static readonly OptionValues Quick = OptionValues.None.With(TrainingOption.BatchSize, 1)
        .With(TrainingOption.CheckpointEvery, 100).With(TrainingOption.ResumeEvery, 100);

    private TorchEngine Half { get; set; } = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Half = await tiny.LoadAnotherAsync(Precision.BFloat16);

    public ValueTask DisposeAsync() => Half.DisposeAsync();

    [Fact]
    public void The_frozen_networks_are_stored_once_in_half_the_memory()
    {
        using var single = BaseModel.Load(tiny.Folder, CPU);
        using var half = BaseModel.Load(tiny.Folder, CPU, new(ScalarType.BFloat16, ScalarType.BFloat16));

        Assert.Equal(Networks(single).Sum(p => p.numel() * p.ElementSize), 2 * Networks(half).Sum(p => p.numel() * p.ElementSize));
        Assert.All(Networks(half), p => Assert.Equal((ScalarType.BFloat16, false, true), (p.dtype, p.requires_grad, p.is_leaf)));
        Assert.All(Networks(single).Zip(Networks(half)), p =>
        {
            using var scope = NewDisposeScope();
            Assert.True(p.First.to(ScalarType.BFloat16).equal(p.Second).all().item<bool>());        // each weight the nearest there is
        });

        static IEnumerable<Parameter> Networks(BaseModel model) =>
            [.. model.TextEncoder.parameters(), .. model.UNet.parameters(), .. model.Vae.parameters()];
    }

    [Fact]
    public async Task A_checkpoint_of_bf16_is_fp32_and_draws_in_an_engine_of_fp32_much_the_same()
    {
        var (single, half) = (new Recorder(), new Recorder());
        await tiny.Engine.TrainAsync(Teapot.Training(2, Quick), single, Stop);
        await Half.TrainAsync(Teapot.Training(2, Quick), half, Stop);
        using var expected = SafetensorsFile.FromBytes(single.Checkpoints[^1].Bytes, "fp32");
        using var found = SafetensorsFile.FromBytes(half.Checkpoints[^1].Bytes, "bf16");

        Assert.Equal(expected.Names, found.Names);
        Assert.All(found.Names, name => Assert.Equal(Info(expected, name).ToString(), Info(found, name).ToString()));
        Assert.All(found.Names, name => Assert.Equal(ScalarType.Float32, Info(found, name).DType));
        Assert.Contains("\"precision\":\"bf16\"", half.Start!.OptionsJson, StringComparison.Ordinal);
        Assert.Contains("\"precision\":\"bf16\"", ConceptMetadata.FromEntries(found.Metadata).OptionsJson, StringComparison.Ordinal);
        Assert.DoesNotContain("precision", ConceptMetadata.FromEntries(expected.Metadata).OptionsJson, StringComparison.Ordinal);
        Assert.All(single.Steps.Zip(half.Steps), s => Assert.Equal(1, s.Second.Term("noise")!.Value / s.First.Term("noise")!.Value, 0.05));

        var request = new GenerationRequest(half.Checkpoints[^1].Bytes.Stored(), [Teapot.Photos[0]], "a photo of a *", [1])
            .With(SamplingOption.SamplingSteps, 2);
        var (a, b) = (await Rgb(tiny.Engine, request), await Rgb(Half, request));
        Assert.NotEqual(a, b);
        Assert.InRange(Distance(a, b), 0, 6);

        static TensorInfo Info(IWeightFile file, string name) => file.Info(name);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.5)]
    public async Task The_same_request_twice_gives_the_same_bytes_which_say_the_precision(double? merging)
    {
        var request = new GenerationRequest((await tiny.TrainedAsync()).Stored(), [Teapot.Photos[0]], "a photo of a * on the beach", [7])
            .With(SamplingOption.SamplingSteps, 2).With(TrainingOption.TokenMerging, merging ?? 0);
        var first = (await Half.GenerateAsync(request, new Recorder(), Stop))[0].Png;
        var cold = (await Half.GenerateAsync(request with { CacheKey = "concept" }, new Recorder(), Stop))[0].Png;
        var warm = (await Half.GenerateAsync(request with { CacheKey = "concept" }, new Recorder(), Stop))[0].Png;
        var single = (await tiny.Engine.GenerateAsync(request, new Recorder(), Stop))[0].Png;

        Assert.Equal(first, cold);
        Assert.Equal(first, warm);
        Assert.Equal((Precision.BFloat16, Precision.Single), (Half.Info.Precision, tiny.Engine.Info.Precision));
        Assert.Equal(["bf16"], PictureText.Read(first.Span).Where(t => t.Keyword == "precision").Select(t => t.Text));
        Assert.DoesNotContain(PictureText.Read(single.Span), t => t.Keyword == "precision");
    }

    [Fact]
    public async Task Two_pictures_together_are_close_to_two_alone()
    {
        var request = new GenerationRequest((await tiny.TrainedAsync()).Stored(), [Teapot.Photos[0]], "a photo of a *", [1, 2])
            .With(SamplingOption.SamplingSteps, 2);
        var together = await Half.GenerateAsync(request, new Recorder(), Stop);
        foreach (var picture in together)
        {
            var alone = await Rgb(Half, request with { Seeds = [picture.Seed] });
            Assert.InRange(Distance(PictureCodec.Decode(picture.Png, "together").Rgb, alone), 0, 1);
        }
    }

    [Fact]
    public async Task A_training_goes_on_bit_by_bit_in_its_own_precision_and_in_no_other()
    {
        var (whole, first, second) = (new Recorder(), new Recorder { PauseAt = 1 }, new Recorder());
        var request = Teapot.Training(2, Quick);
        await Half.TrainAsync(request, whole, Stop);
        await Half.TrainAsync(request, first, Stop);
        var resumed = request with { Resume = [first.Resumes[^1].Bytes.Stored()] };
        await Half.TrainAsync(resumed, second, Stop);
        Assert.Equal(whole.Checkpoints[^1].Bytes, second.Checkpoints[^1].Bytes);

        var other = await Assert.ThrowsAsync<InvalidDataException>(() => tiny.Engine.TrainAsync(resumed, new Recorder(), Stop));
        Assert.Contains("precision", other.Message, StringComparison.Ordinal);
        var paused = new Recorder { PauseAt = 1 };
        await tiny.Engine.TrainAsync(request, paused, Stop);
        await Assert.ThrowsAsync<InvalidDataException>(() =>
            Half.TrainAsync(request with { Resume = [paused.Resumes[^1].Bytes.Stored()] }, new Recorder(), Stop));
    }

    [Fact]
    public async Task The_autoencoders_precision_moves_numbers_too_and_resume_points_and_pictures_say_so()
    {
        await using var engine =
            await TorchEngine.LoadAsync(tiny.Folder, TinyEngine.Quiet.With(EngineOption.VaePrecision, Precision.BFloat16));
        var paused = new Recorder { PauseAt = 1 };
        await engine.TrainAsync(Teapot.Training(2, Quick), paused, Stop);
        var resumed = Teapot.Training(2, Quick) with { Resume = [paused.Resumes[^1].Bytes.Stored()] };
        var other = await Assert.ThrowsAsync<InvalidDataException>(() => tiny.Engine.TrainAsync(resumed, new Recorder(), Stop));
        Assert.Contains("vaePrecision is unset, and was bf16", other.Message, StringComparison.Ordinal);

        var picture = (await engine.GenerateAsync(new GenerationRequest(null, [], "a teapot", [1])
            .With(SamplingOption.SamplingSteps, 1), new Recorder(), Stop))[0].Png;
        Assert.Equal(["bf16"], PictureText.Read(picture.Span).Where(t => t.Keyword == "vaePrecision").Select(t => t.Text));
        Assert.DoesNotContain(PictureText.Read(picture.Span), t => t.Keyword is "precision" or "tf32");
    }

    /// <summary>Such a point's one precision was that of all three networks.</summary>
    [Fact]
    public async Task A_resume_point_of_before_the_autoencoder_had_a_precision_of_its_own_goes_on_and_says_how_to_keep_its_numbers()
    {
        await using var whole = await TorchEngine.LoadAsync(
            tiny.Folder, TinyEngine.Quiet.With(EngineOption.Precision, Precision.BFloat16)
                .With(EngineOption.VaePrecision, Precision.BFloat16));
        var (paused, other, same) = (new Recorder { PauseAt = 1 }, new Recorder(), new Recorder());
        await whole.TrainAsync(Teapot.Training(2, Quick), paused, Stop);
        var resumed = Teapot.Training(2, Quick) with { Resume = [Before(paused.Resumes[^1].Bytes).Stored("point")] };
        await Half.TrainAsync(resumed, other, Stop);
        await whole.TrainAsync(resumed, same, Stop);

        Assert.Contains(other.Start!.Warnings, w =>
            w.Contains("with --vae-precision bf16 the training would go on with the same numbers", StringComparison.Ordinal));
        Assert.DoesNotContain(same.Start!.Warnings, w => w.Contains("--vae-precision", StringComparison.Ordinal));

        static byte[] Before(byte[] point)
        {
            using var scope = NewDisposeScope();
            using var file = SafetensorsFile.FromBytes(point, "point");
            return SafetensorsWriter.ToBytes(
                file.Names.Select(n => KeyValuePair.Create(n, file.LoadAsStored(n))), file.Metadata.Where(m => m.Key != "numbers")
                    .ToDictionary());
        }
    }

    [Theory]
    [MemberData(nameof(EveryMethodTests.Methods), MemberType = typeof(EveryMethodTests))]
    public async Task Training_and_sampling_leave_no_tensor_behind(string method)
    {
        await RoundAsync();
        var before = await Half.RunAsync(() => DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        await RoundAsync();
        Assert.Equal(before, await Half.RunAsync(() => DisposeScopeManager.Statistics.ThreadTotalLiveCount));

        async Task RoundAsync()
        {
            var recorder = new Recorder();
            var few = Quick.With(TrainingOption.Method, method).With(PriorOption.PriorPictures, 2);
            await Half.TrainAsync(Teapot.Training(1, few), recorder, Stop);
            await Half.GenerateAsync(
                new GenerationRequest(recorder.Checkpoints[^1].Bytes.Stored(), [Teapot.Photos[0]], "a photo of a *", [1])
                {
                    Options = OptionValues.None.With(SamplingOption.SamplingSteps, 1), CacheKey = "concept",
                },
                new Recorder(), Stop);
            await Half.ForgetAsync();
        }
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void The_autoencoder_stays_in_fp32_unless_it_is_told_otherwise(ScalarType dtype)
    {
        using var model = BaseModel.Load(tiny.Folder, CPU, NumberTypes.Single with { Networks = dtype });

        Assert.All(model.UNet.parameters().Concat(model.TextEncoder.parameters()), p => Assert.Equal(dtype, p.dtype));
        Assert.All(model.Vae.parameters(), p => Assert.Equal(ScalarType.Float32, p.dtype));
    }

    [Fact]
    public async Task Fp16_draws_much_the_same_as_fp32_and_closer_than_bf16()
    {
        await using var engine = await tiny.LoadAnotherAsync(Precision.Half);
        var request = new GenerationRequest((await tiny.TrainedAsync()).Stored(), [Teapot.Photos[0]], "a photo of a *", [1])
            .With(SamplingOption.SamplingSteps, 2);
        var (single, half, brain) = (await Rgb(tiny.Engine, request), await Rgb(engine, request), await Rgb(Half, request));

        Assert.InRange(Distance(single, half), 0, Distance(single, brain));
        Assert.InRange(Distance(single, half), 0, 1);
        Assert.NotEqual(single, half);
    }

    [Fact]
    public async Task Fp16_does_not_train_and_says_what_does()
    {
        await using var engine = await tiny.LoadAnotherAsync(Precision.Half);

        var error = await Assert.ThrowsAsync<ArgumentException>(() => engine.TrainAsync(Teapot.Training(1, Quick), new Recorder(), Stop));

        Assert.Contains("Train in fp32 or bf16", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_precision_is_refused_with_those_there_are()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => tiny.LoadAnotherAsync("fp8"));
        Assert.Contains("precision is 'fp8'; wanted one of: fp32, bf16, fp16", error.Message, StringComparison.Ordinal);
    }

    private static async Task<byte[]> Rgb(TorchEngine engine, GenerationRequest request) =>
        PictureCodec.Decode((await engine.GenerateAsync(request, new Recorder(), Stop))[0].Png, "picture").Rgb;

    /// <summary>Mean over all bytes, 0 to 255.</summary>
    private static double Distance(byte[] a, byte[] b) => a.Zip(b).Average(p => Math.Abs(p.First - p.Second));
}
