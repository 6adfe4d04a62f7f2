using System.Globalization;
using System.Runtime.InteropServices;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Datasets;
using ViCo.Engine.Generation;
using ViCo.Engine.Methods;
using ViCo.Engine.Training;
using ViCo.Options;
using ViCo.Pictures;
using AdamW = ViCo.Engine.Training.AdamW;

namespace ViCo.Engine.Tests.Engine;

/// <summary>What an engine does in less memory comes to the same.</summary>
[Collection("tiny")]
public sealed class MemoryTests(TinyEngine tiny)
{
    private static readonly OptionValues Quick = OptionValues.None.With(TrainingOption.BatchSize, 3)
        .With(TrainingOption.CheckpointEvery, 100).With(TrainingOption.PreviewEvery, 0)
        .With(PriorOption.PriorPictures, 2);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("vico", 1)]
    [InlineData("vico", 2)]
    [InlineData("textual-inversion", 1)]
    public async Task Gradients_summed_over_passes_are_those_of_the_whole_batch(string method, int samplesPerPass) =>
        await SameTrainingAsync(method, new TorchEngineOptions().With(EngineOption.SamplesPerPass, samplesPerPass), tolerance: 1e-4);

    [Theory]
    [InlineData("vico")]
    [InlineData("textual-inversion")]
    [InlineData("custom-diffusion")]
    [InlineData("dreambooth-text-encoder")]
    public async Task Blocks_computed_again_learn_what_kept_ones_do(string method) =>
        await SameTrainingAsync(method, new TorchEngineOptions().With(EngineOption.Recompute, true), tolerance: 1e-4);

    [Fact]
    public async Task Pictures_drawn_a_few_at_a_time_are_those_drawn_together_and_say_how_many_it_were()
    {
        await using var small = await LoadAsync(new TorchEngineOptions().With(EngineOption.SamplesPerPass, 2));
        var steps = new List<int>();
        var request = new GenerationRequest((await tiny.TrainedAsync()).Stored(), [Teapot.Photos[0]], "a photo of a *", [1, 2, 3])
            .With(SamplingOption.SamplingSteps, 2);
        var together = await tiny.Engine.GenerateAsync(request, new Recorder(), Stop);
        var apart = await small.GenerateAsync(request, new Recorder(), Stop);

        Assert.Equal(["3"], Batch(together[0]));
        Assert.Equal(["2"], Batch(apart[0]));
        Assert.All(together.Zip(apart), p => Assert.InRange(
            PictureCodec.Decode(p.First.Png, "together").Rgb.Zip(PictureCodec.Decode(p.Second.Png, "apart").Rgb)
                .Max(b => Math.Abs(b.First - b.Second)), 0, 1));

        static IEnumerable<string> Batch(GeneratedImage image) =>
            PictureText.Read(image.Png.Span).Where(t => t.Keyword == "batch").Select(t => t.Text);
    }

    [Fact]
    public async Task Memory_that_runs_out_once_halves_the_passes_and_drops_what_is_kept()
    {
        var seen = await tiny.Engine.RunAsync(() => Passes(fails: 1));

        Assert.Equal([4, 2, 2], seen.Sizes);
        Assert.Equal(1, seen.Drops);
        Assert.Contains("Memory ran out with 4 samples a pass; from here on it is 2", seen.Warning, StringComparison.Ordinal);
        Assert.Equal(1, seen.Loss, 1e-6);
    }

    [Fact]
    public async Task Memory_that_runs_out_again_is_an_error_that_says_what_would_help()
    {
        var error = await Assert.ThrowsAsync<DeviceMemoryException>(() => tiny.Engine.RunAsync(() => Passes(fails: 2)));

        Assert.Contains("not enough memory for a training step with 2 samples a pass", error.Message, StringComparison.Ordinal);
        Assert.Contains("--recompute", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_errors_are_not_taken_for_it()
    {
        var error = await Assert.ThrowsAsync<ExternalException>(() =>
            tiny.Engine.RunAsync(() => Passes(fails: 1, "expected scalar type Float but found Half")));
        Assert.Contains("scalar type", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Libtorch_says_that_memory_ran_out_in_words_that_are_understood() => await tiny.Engine.RunAsync(() =>
    {
        var error = Assert.ThrowsAny<Exception>(() => zeros(1L << 50, ScalarType.Float32, CPU));
        Assert.True(DeviceMemoryException.IsSignOf(error), error.Message);
        return true;
    });

    [Fact]
    public async Task A_training_step_reads_from_the_device_once_and_a_denoising_step_never()
    {
        var counts = new CountingRecorder();
        await tiny.Engine.TrainAsync(Teapot.Training(3, Quick), counts, Stop);
        Assert.Equal([1, 1], counts.Between());

        counts = new();
        await tiny.Engine.GenerateAsync(
            new GenerationRequest((await tiny.TrainedAsync()).Stored(), [Teapot.Photos[0]], "a photo of a *", [1])
            {
                Options = OptionValues.None.With(SamplingOption.SamplingSteps, 4), CacheKey = "concept",
            },
            counts, Stop);
        Assert.Equal([0, 0, 0], counts.Between());
    }

    [Fact]
    public async Task A_small_memory_takes_fewer_pictures_at_once_and_never_none()
    {
        using var model = await tiny.Engine.RunAsync(() => ViCo.Engine.Models.BaseModel.Load(tiny.Folder, CPU));

        Assert.Equal(1, DrawingMemory.PicturesAtOnce(model, null, 1));
        Assert.InRange(DrawingMemory.PicturesAtOnce(model, null, 64 << 20)!.Value, 2,
            DrawingMemory.PicturesAtOnce(model, null, 1L << 30)!.Value);
        Assert.Null(DrawingMemory.PicturesAtOnce(model, null, null));
    }

    private async Task SameTrainingAsync(string method, TorchEngineOptions less, double tolerance)
    {
        await using var small = await LoadAsync(less);
        var (whole, parts) = (new Recorder(), new Recorder());
        var request = Teapot.Training(3, Quick.With(TrainingOption.Method, method));
        await tiny.Engine.TrainAsync(request, whole, Stop);
        await small.TrainAsync(request, parts, Stop);

        Assert.All(whole.Steps.Zip(parts.Steps), s => Assert.Equal(1, s.Second.Loss / s.First.Loss, 1e-5));
        using var expected = SafetensorsFile.FromBytes(whole.Checkpoints[^1].Bytes, "whole");
        using var found = SafetensorsFile.FromBytes(parts.Checkpoints[^1].Bytes, "parts");
        foreach (var name in expected.Names)
        {
            using var scope = NewDisposeScope();
            var (a, b) = (expected.Load(name), found.Load(name));
            Assert.True((a - b).norm().item<float>() <= tolerance * a.norm().item<float>() + 1e-7, name);
        }
    }

    private Task<TorchEngine> LoadAsync(TorchEngineOptions options) =>
        TorchEngine.LoadAsync(tiny.Folder, options.With(EngineOption.Threads, 1) with { Niceness = 0 });

    /// <summary>A batch of four samples whose loss is their number over four, while memory runs out so many times.</summary>
    private static (List<int> Sizes, int Drops, string? Warning, float Loss) Passes(int fails,
        string message = "DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes.")
    {
        using var scope = NewDisposeScope();
        var (sizes, drops, left) = (new List<int>(), 0, fails);
        var parameter = nn.Parameter(ones(1, device: CPU));
        using var optimizer = new AdamW([new(0.1, [("p", parameter)])], 0);
        var passes = new GradientPasses(Loss, samplesPerPass: null, () => drops++);
        var four = zeros(4, 1, 1, 1, device: CPU);
        var batch = new TrainingBatch([.. Enumerable.Range(0, 4).Select(_ => new Shot(null!))], four, four, [0, 0, 0, 0]);
        var values = passes.Run(batch, optimizer);
        return (sizes, drops, passes.TakeWarning(), values.Values[0].item<float>());

        LossTerms Loss(TrainingBatch piece)
        {
            sizes.Add(piece.Shots.Count);
#pragma warning disable CA2201 // the type that TorchSharp throws for every error of libtorch
            if (left-- > 0) throw new ExternalException(message);
#pragma warning restore CA2201
            return new(new WeightedTerm("noise", parameter.sum()));
        }
    }

    /// <summary>How often torch was read from, at each step.</summary>
    private sealed class CountingRecorder : ITrainingObserver, IGenerationObserver
    {
        private readonly List<long> _counts = [];

        public bool PauseRequested => false;

        public IEnumerable<long> Between() => _counts.Skip(1).Zip(_counts, (after, before) => after - before);

        public void OnStart(TrainingStart start)
        {
        }

        public void OnStep(TrainingStep step) => _counts.Add(HostRead.Count);

        public void OnStep(int step, int steps) => _counts.Add(HostRead.Count);

        public void OnWarning(string message) => Assert.Fail(message);

        public void OnCheckpoint(int step, Action<Stream> write)
        {
        }

        public void OnResumePoint(int step, Action<Stream> write)
        {
        }

        public void OnPreview(int step, ReadOnlyMemory<byte> png)
        {
        }
    }
}
