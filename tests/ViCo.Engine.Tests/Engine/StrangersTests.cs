using ViCo.Engine.Datasets;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Generation;
using ViCo.Engine.Methods;
using ViCo.Engine.Models;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Engine;

/// <summary>Concepts of people who know nothing of each other, drawn in one pass of the U-Net a step.</summary>
[Collection("tiny")]
public sealed class StrangersTests(TinyEngine tiny)
{
    private const int Steps = 4;

    private static readonly string[] Places =
        ["on the beach", "in the snow", "on a table", "in a wood", "in red", "at night", "in a shop", "on the Moon"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public async Task Pictures_of_different_concepts_and_prompts_drawn_together_are_those_drawn_alone(int strangers)
    {
        var requests = new List<GenerationRequest>();
        for (var k = 0; k < strangers; k++)
        {
            var checkpoint = await TrainedAsync(OptionValues.None.With(TrainingOption.Seed, k).With(TrainingOption.BatchSize, 1));
            requests.Add(new GenerationRequest(checkpoint, [Teapot.Photos[k % 3]], $"a photo of a * {Places[k]}", [k, 100 + k])
                .With(SamplingOption.Guidance, 3 + k));
        }
        var recorders = requests.Select(_ => new Recorder()).ToList();
        var together = await tiny.Engine.GenerateAsync(requests, recorders, Stop);

        Assert.All(recorders, recorder => Assert.Equal([1, 2, 3, 4], recorder.DenoisingSteps));
        for (var k = 0; k < strangers; k++)
        {
            var alone = await tiny.Engine.GenerateAsync(requests[k], new Recorder(), Stop);
            Assert.Equal(alone.Select(i => i.Seed), together[k].Select(i => i.Seed));
            // A few of 768 bytes may round the other way: 40 dB would let every one be off by 2.55.
            Assert.All(alone.Zip(together[k]), pair =>
                Assert.True(Psnr.Of(pair.First, pair.Second) > 50, $"{k}: {Psnr.Of(pair.First, pair.Second):0.0} dB"));
        }
        Assert.True(Psnr.Of(together[0][0], together[1][0]) < 40);          // which no picture is to its neighbour
    }

    [Fact]
    public async Task A_step_is_one_call_of_the_U_Net_whoever_draws()
    {
        using var model = BaseModel.Load(tiny.Folder, CPU);
        var (calls, passes) = (new List<long>(), new List<long>());
        var entry = (nn.Module<Tensor, Tensor>)model.UNet.named_modules().Single(m => m.name == "conv_in").module;
        entry.register_forward_hook((_, latents, result) =>
        {
            passes.Add(latents.shape[0]);
            return result;
        });
        model.UNet.register_forward_hook((_, latents, _, _, _, result) =>
        {
            calls.Add(latents.shape[0]);
            return result;
        });
        var drawings = new List<Drawing>();
        var photo = PhotoTensor.Square(Teapot.Photos[0], model.ImageSize, OptionValues.None);
        for (var k = 0; k < 8; k++)
        {
            var concept = Concept.Load(model, KnownMethods.All, await TrainedAsync(OptionValues.None.With(TrainingOption.Seed, k)
                .With(TrainingOption.BatchSize, 1)));
            var options = new GenerationRequest(null, [], "", [1]).With(SamplingOption.SamplingSteps, Steps)
                .OptionsOver(model.Defaults.Sampling);
            drawings.Add(new(concept, new($"a * {Places[k]}", "", [photo], [0], [k], options, ConceptKey: $"{k}")));
        }

        var cache = new ReferenceCache(1 << 24);
        var first = new TextToImage(model, cache).Draw(drawings, Stop);
        // Three terms of guidance for each of eight pictures.
        Assert.Equal(Enumerable.Repeat(24L, Steps), calls);
        Assert.Equal(Steps * (1 + 8), passes.Count);             // and a short pass of its own for each reference with its prompt,
        passes.Clear();
        var again = new TextToImage(model, cache).Draw(drawings, Stop);
        Assert.Equal(Enumerable.Repeat(24L, Steps), passes);     // which the cache keeps
        Assert.All(first.Zip(again), pair => Assert.Equal(pair.First[0].Rgb, pair.Second[0].Rgb));
        cache.Clear();
        drawings.ForEach(d => d.Concept!.Dispose());
    }

    [Fact]
    public async Task A_concept_without_image_blocks_no_concept_and_other_guidance_sit_beside_each_other()
    {
        var word = await TrainedAsync(OptionValues.None.With(TrainingOption.Method, "textual-inversion").With(TrainingOption.BatchSize, 1));
        var blocks = await TrainedAsync(OptionValues.None.With(TrainingOption.Seed, 5).With(TrainingOption.BatchSize, 1));
        GenerationRequest[] requests =
        [
            new(null, [], "a photo of a clock", [1]),
            new(word, [], "a photo of a *", [1]),
            new GenerationRequest(blocks, [Teapot.Photos[0], Teapot.Photos[1]], "a photo of a *", [1, 2, 3])
                .With(SamplingOption.PublishedGuidance, true),
            new GenerationRequest(blocks, [Teapot.Photos[2]], "a * in a wood", [4]).With(SamplingOption.ImageGuidance, 3)
                .With(SamplingOption.NegativePrompt, "a *"),
            new GenerationRequest(blocks, [], "a * in a wood", [4]).With(SamplingOption.Guidance, 1),
            new GenerationRequest(blocks, [Teapot.Photos[2]], "a * in a wood", [4])
                .With(SamplingOption.Sampler, "euler"),         // in passes of its own
        ];
        var together = await tiny.Engine.GenerateAsync(requests, [.. requests.Select(_ => new Recorder())], Stop);

        for (var k = 0; k < requests.Length; k++)
        {
            var alone = await tiny.Engine.GenerateAsync(requests[k], new Recorder(), Stop);
            Assert.All(alone.Zip(together[k]), pair =>
                Assert.True(Psnr.Of(pair.First, pair.Second) > 50, $"{k}: {Psnr.Of(pair.First, pair.Second):0.0} dB"));
        }
    }

    [Fact]
    public async Task What_each_request_has_of_its_own_does_not_keep_it_out_of_the_others_passes()
    {
        var checkpoint = await TrainedAsync(OptionValues.None.With(TrainingOption.BatchSize, 1));
        var plain = new GenerationRequest(checkpoint, [Teapot.Photos[0]], "a *", [1]).With(SamplingOption.SamplingSteps, 2);
        GenerationRequest[] requests =
        [
            plain.With(SamplingOption.Seed, 1).With(SamplingOption.Count, 1),
            plain.With(SamplingOption.NegativePrompt, "pink"),
            plain.With(SamplingOption.PublishedGuidance, true),
            plain.With(SamplingOption.Guidance, 3).With(SamplingOption.ImageGuidance, 1),
            plain.With(SamplingOption.SamplingSteps, 3),
        ];

        var drawn = await tiny.Engine.GenerateAsync(requests, [.. requests.Select(_ => new Recorder())], Stop);

        Assert.Equal(["4", "4", "4", "4", "1"], drawn.Select(images =>
            PictureText.Read(images[0].Png.Span).Single(t => t.Keyword == "batch").Text));
    }

    [Fact]
    public async Task What_is_to_be_reproducible_has_its_passes_to_itself_and_the_bits_that_it_has_alone()
    {
        var checkpoint = await TrainedAsync(OptionValues.None.With(TrainingOption.BatchSize, 1));
        var plain = new GenerationRequest(checkpoint, [Teapot.Photos[0]], "a *", [1, 2]).With(SamplingOption.SamplingSteps, 2);
        var own = plain.With(SamplingOption.Reproducible, true);
        GenerationRequest[] requests = [plain, own, plain, own];

        var drawn = await tiny.Engine.GenerateAsync(requests, [.. requests.Select(_ => new Recorder())], Stop);

        Assert.Equal(["4", "2", "4", "2"], drawn.Select(images =>
            PictureText.Read(images[0].Png.Span).Single(t => t.Keyword == "batch").Text));
        var alone = await tiny.Engine.GenerateAsync(own, new Recorder(), Stop);
        Assert.All(new[] { drawn[1], drawn[3] }, images => Assert.Equal(
            alone.Select(i => Convert.ToHexString(i.Png.Span)), images.Select(i => Convert.ToHexString(i.Png.Span))));
    }

    [Fact]
    public async Task Drawing_together_leaves_no_tensor_behind()
    {
        var checkpoints = new[] { await TrainedAsync(OptionValues.None.With(TrainingOption.Seed, 1).With(TrainingOption.BatchSize, 1)),
            await TrainedAsync(OptionValues.None.With(TrainingOption.Seed, 2)
                .With(TrainingOption.BatchSize, 1)), await TrainedAsync(OptionValues.None.With(TrainingOption.Seed, 3)
                .With(TrainingOption.BatchSize, 1)) };
        GenerationRequest[] requests =
            [.. checkpoints.Select((c, k) => new GenerationRequest(c, [Teapot.Photos[k]], "a *", [k])
                .With(SamplingOption.SamplingSteps, 2))];
        await tiny.Engine.GenerateAsync(requests, [.. requests.Select(_ => new Recorder())], Stop);
        await tiny.Engine.ForgetAsync();
        var before = await tiny.Engine.RunAsync(() => DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        await tiny.Engine.GenerateAsync(requests, [.. requests.Select(_ => new Recorder())], Stop);
        await tiny.Engine.ForgetAsync();
        Assert.Equal(before, await tiny.Engine.RunAsync(() => DisposeScopeManager.Statistics.ThreadTotalLiveCount));
    }

    /// <summary>Blocks after two steps at a high rate: far from their start, and each concept's far from the others'.</summary>
    private async Task<StoredFile> TrainedAsync(OptionValues options)
    {
        var recorder = new Recorder();
        await tiny.Engine.TrainAsync(Teapot.Training(2, options.With(VisualConditionOption.BlockLearningRate, 0.05)
            .With(PlaceholderOption.EmbeddingLearningRate, 0.1)), recorder,
            Stop);
        return recorder.Checkpoints[^1].Bytes.Stored("checkpoint");
    }
}
