using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Engine;

[Collection("tiny")]
public sealed class TokenMergingEngineTests(TinyEngine tiny)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Merging_nothing_is_off_and_merging_is_another_picture_that_says_so()
    {
        var request = await RequestAsync(1);
        var off = await DrawAsync(request);
        var merged = await DrawAsync(request.With(TrainingOption.TokenMerging, 0.5));

        Assert.Equal(off[0].Png, (await DrawAsync(request.With(TrainingOption.TokenMerging, 0)))[0].Png);
        Assert.NotEqual(Rgb(off[0]), Rgb(merged[0]));
        Assert.Equal("0.5", PictureText.Read(merged[0].Png.Span).Single(t => t.Keyword == "tokenMerging").Text);
        Assert.DoesNotContain(PictureText.Read(off[0].Png.Span), t => t.Keyword == "tokenMerging");
        // The reference is merged too, so that what was kept for one ratio serves no other.
        var cached = await DrawAsync(request with { CacheKey = "concept" });
        Assert.Equal(merged[0].Png, (await DrawAsync(request.With(TrainingOption.TokenMerging, 0.5) with { CacheKey = "concept" }))[0].Png);
        Assert.Equal(off[0].Png, cached[0].Png);
    }

    [Fact]
    public async Task Merged_pictures_together_equal_the_same_alone()
    {
        var together = await DrawAsync((await RequestAsync(1, 2, 3)).With(TrainingOption.TokenMerging, 0.5));
        foreach (var picture in together)
        {
            var alone = (await DrawAsync((await RequestAsync(picture.Seed)).With(TrainingOption.TokenMerging, 0.5)))[0];
            Assert.True(Rgb(picture).Zip(Rgb(alone)).All(p => Math.Abs(p.First - p.Second) <= 1), $"seed {picture.Seed} differs");
        }
    }

    [Theory]
    [InlineData("vico")]
    [InlineData("textual-inversion")]
    public async Task A_training_that_merges_is_another_repeats_and_goes_on_bit_by_bit(string method)
    {
        var options = OptionValues.None.With(TrainingOption.BatchSize, 2).With(TrainingOption.ResumeEvery, 100)
            .With(TrainingOption.Method, method);
        var (plain, whole, first, second) = (new Recorder(), new Recorder(), new Recorder { PauseAt = 2 }, new Recorder());
        await tiny.Engine.TrainAsync(Teapot.Training(4, options), plain, Stop);
        options = options.With(TrainingOption.TokenMerging, 0.5);
        await tiny.Engine.TrainAsync(Teapot.Training(4, options), whole, Stop);
        await tiny.Engine.TrainAsync(Teapot.Training(4, options), first, Stop);
        await tiny.Engine.TrainAsync(Teapot.Training(4, options) with { Resume = [first.Resumes[^1].Bytes.Stored()] }, second, Stop);

        Assert.NotEqual(plain.Steps[0].Loss, whole.Steps[0].Loss);
        Assert.Equal(whole.Checkpoints[^1].Bytes, second.Checkpoints[^1].Bytes);
        Assert.Contains("\"tokenMerging\":0.5", whole.Start!.OptionsJson, StringComparison.Ordinal);
        Assert.DoesNotContain("tokenMerging", plain.Start!.OptionsJson, StringComparison.Ordinal);        // older resume points still fit
    }

    [Theory]
    [InlineData(0.76)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public async Task A_ratio_that_leaves_no_token_in_a_window_is_refused(double ratio)
    {
        var request = await RequestAsync(1);
        var sampling = await Assert.ThrowsAsync<ArgumentException>(() => DrawAsync(request.With(TrainingOption.TokenMerging, ratio)));
        await Assert.ThrowsAsync<ArgumentException>(() =>
            tiny.Engine.TrainAsync(Teapot.Training(1, OptionValues.None.With(TrainingOption.TokenMerging, ratio)), new Recorder(), Stop));
        Assert.Contains("0 to 0.75", sampling.Message, StringComparison.Ordinal);
    }

    private async Task<GenerationRequest> RequestAsync(params long[] seeds) =>
        new GenerationRequest((await tiny.TrainedAsync()).Stored(), [Teapot.Photos[0]], "a photo of a * in the snow", seeds)
            .With(SamplingOption.SamplingSteps, 3);

    private Task<IReadOnlyList<GeneratedImage>> DrawAsync(GenerationRequest request) =>
        tiny.Engine.GenerateAsync(request, new Recorder(), Stop);

    private static byte[] Rgb(GeneratedImage image) => PictureCodec.Decode(image.Png, "picture").Rgb;
}
