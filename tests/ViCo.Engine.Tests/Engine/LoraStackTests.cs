using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Engine;

/// <summary>Low-rank pairs of several concepts in one drawing.</summary>
[Collection("tiny")]
public sealed class LoraStackTests(TinyEngine tiny, LoraStackTests.Trained trained) : IClassFixture<LoraStackTests.Trained>
{
    private const string Prompt = "a photo of a sks teapot and a qwe teapot";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Checkpoints that the tests share, made once.</summary>
    public sealed class Trained
    {
        private readonly Dictionary<string, byte[]> _made = [];

        internal async Task<StoredFile> OfAsync(TinyEngine tiny, string name, OptionValues options)
        {
            if (!_made.TryGetValue(name, out var bytes))
            {
                var recorder = new Recorder();
                var usual = OptionValues.None.With(TrainingOption.BatchSize, 1).With(LowRankOption.LoraLearningRate, 0.05)
                    .With(PriorOption.PriorPictures, 1);
                await tiny.Engine.TrainAsync(Teapot.Training(3, options.Over(usual)), recorder, Stop);
                _made[name] = bytes = recorder.Checkpoints[^1].Bytes;
            }
            return bytes.Stored(name);
        }
    }

    [Fact]
    public async Task A_weight_of_0_is_the_base_model_bit_by_bit_and_1_is_the_concept_itself()
    {
        var lora = await FirstAsync();
        var plain = await DrawAsync(new(null, [], Prompt, [1]));
        Assert.Equal(plain, await DrawAsync(new(null, [], Prompt, [1]) { Loras = [new(lora, 0)] }));
        var own = await DrawAsync(new(lora, [], Prompt, [1]));
        Assert.NotEqual(plain, own);
        Assert.Equal(own, await DrawAsync(new(null, [], Prompt, [1]) { Loras = [new(lora)] }));
        Assert.Equal(own, await DrawAsync(new(null, [], "a photo of a * and a qwe teapot", [1]) { Loras = [new(lora)] }));
    }

    [Fact]
    public async Task Two_sets_of_pairs_add_up_whatever_their_order_and_each_counts_by_its_weight()
    {
        var (first, second) = (await FirstAsync(), await SecondAsync());
        var both = await PngAsync(With(new(first), new(second)));
        Assert.True(Psnr.Of(both, await PngAsync(With(new(second), new(first)))) > 50);
        Assert.True(Psnr.Of(both, await PngAsync(new(first, [], Prompt, [1]) { Loras = [new(second)] })) > 50);
        foreach (var other in new[]
        {
            With(new LoraUse(first)), With(new LoraUse(second)), With(new(first), new(second, 0.5)), With(new(first, -1), new(second)),
        })
            Assert.True(Psnr.Of(both, await PngAsync(other)) < 50);
        // The same pairs twice count as once with both weights.
        Assert.True(Psnr.Of(await PngAsync(With(new(first, 0.4), new(first, 0.6))), await PngAsync(With(new LoraUse(first)))) > 50);
    }

    [Fact]
    public async Task Folded_into_the_weights_they_draw_the_same_and_the_base_model_is_what_it_was()
    {
        var (first, second) = (await FirstAsync(), await SecondAsync());
        var plain = await DrawAsync(new(null, [], Prompt, [1]));
        var request = With(new(first, 0.7), new(second));
        Assert.True(Psnr.Of(await PngAsync(request), await PngAsync(request with { FoldLoras = true })) > 45);
        Assert.Equal(plain, await DrawAsync(new(null, [], Prompt, [1])));
        // Beside a stranger, too: what is folded shares no pass.
        var alone = await PngAsync(request with { FoldLoras = true });
        GenerationRequest[] together = [request with { FoldLoras = true }, new(null, [], "a photo of a cat", [2])];
        var drawn = await tiny.Engine.GenerateAsync(together, [new Recorder(), new Recorder()], Stop);
        Assert.True(Psnr.Of(alone, drawn[0][0]) > 50);
        Assert.True(Psnr.Of(await PngAsync(together[1]), drawn[1][0]) > 50);
    }

    [Fact]
    public async Task They_change_what_a_concept_with_image_blocks_sees_and_no_cached_features_are_anothers()
    {
        var concept = (await tiny.TrainedAsync()).Stored();
        var lora = await FirstAsync();
        var request = new GenerationRequest(concept, [Teapot.Photos[0]], "a photo of a *", [1]) { CacheKey = "concept" };
        var without = await DrawAsync(request);
        var with = await DrawAsync(request with { Loras = [new(lora)] });
        Assert.NotEqual(without, with);
        Assert.Equal(without, await DrawAsync(request));
        Assert.NotEqual(with, await DrawAsync(request with { Loras = [new(lora, 0.5)] }));
        Assert.Equal(with, await DrawAsync(request with { Loras = [new(lora)] }));
    }

    [Fact]
    public async Task The_picture_says_which_and_how_much()
    {
        var (first, second) = (await FirstAsync(), await SecondAsync());
        var texts = PictureText.Read((await PngAsync(With(new(first, 0.5), new(second)) with { FoldLoras = true })).Png.Span);
        Assert.Equal([$"{first.DigestOfBytes()} 0.5", $"{second.DigestOfBytes()} 1"],
            texts.Where(t => t.Keyword == "lora").Select(t => t.Text));
        Assert.Contains(texts, t => t is { Keyword: "folded", Text: "true" });
    }

    [Fact]
    public async Task What_holds_no_pairs_takes_none_or_is_asked_too_much_is_refused_by_name()
    {
        var lora = await FirstAsync();
        var word = await trained.OfAsync(tiny, "word", OptionValues.None.With(TrainingOption.Method, "textual-inversion"));
        var whole = await trained.OfAsync(tiny, "whole", OptionValues.None.With(TrainingOption.Method, "dreambooth"));
        var turned = await trained.OfAsync(tiny, "turned", OptionValues.None.With(TrainingOption.Method, "oft"));
        await RefusedAsync<InvalidDataException>("'word' was made by method 'textual-inversion'", With(new LoraUse(word)));
        await RefusedAsync<InvalidDataException>(
            "method 'dreambooth' has a network of its own", new(whole, [], Prompt, [1]) { Loras = [new(lora)] });
        await RefusedAsync<InvalidDataException>(
            "draw it without folding", new(turned, [], Prompt, [1]) { Loras = [new(lora)], FoldLoras = true });
        await RefusedAsync<ArgumentException>("The weight of 'first' is 11; wanted -10 to 10", With(new LoraUse(lora, 11)));
        await RefusedAsync<ArgumentException>("9 sets of low-rank pairs; wanted at most 8",
            With([.. Enumerable.Repeat(new LoraUse(lora), 9)]));

        async Task RefusedAsync<T>(string why, GenerationRequest request)
            where T : Exception
        {
            var error = await Assert.ThrowsAsync<T>(() => tiny.Engine.GenerateAsync(request, new Recorder(), Stop));
            Assert.Contains(why, error.Message, StringComparison.Ordinal);
        }
    }

    private static GenerationRequest With(params LoraUse[] loras) => new(null, [], Prompt, [1]) { Loras = loras };

    private Task<StoredFile> FirstAsync() =>
        trained.OfAsync(tiny, "first", OptionValues.None.With(TrainingOption.Method, "dreambooth-lora"));

    private Task<StoredFile> SecondAsync() => trained.OfAsync(
        tiny, "second", OptionValues.None.With(TrainingOption.Method, "dreambooth-lora").With(LowRankOption.Rank, 2)
            .With(LowRankOption.LoraTargets, ["attn2.to_k", "attn1.to_q", "proj_in"]).With(DreamBoothOption.Identifier, "qwe")
            .With(TrainingOption.Seed, 5));

    private async Task<GeneratedImage> PngAsync(GenerationRequest request) =>
        (await tiny.Engine.GenerateAsync(request, new Recorder(), Stop))[0];

    private async Task<byte[]> DrawAsync(GenerationRequest request) => PictureCodec.Decode((await PngAsync(request)).Png, "picture").Rgb;
}
