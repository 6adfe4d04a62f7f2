using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Engine;

/// <summary>Several references of one object, joined: their tokens have no order, and twice all of them weighs as once.</summary>
[Collection("tiny")]
public sealed class ReferenceTests(TinyEngine tiny)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_photo_twice_is_the_photo_once_and_two_photos_draw_the_same_in_either_order()
    {
        var (a, b) = (Teapot.Photos[0], Teapot.Photos[3]);
        var alone = await DrawAsync(a);
        Near(alone, await DrawAsync(a, a));
        Near(await DrawAsync(a, b), await DrawAsync(b, a));
        // One of two photos once more shifts the weights between them.
        Assert.NotEqual(await DrawAsync(a, b), await DrawAsync(a, a, b));
        Assert.NotEqual(alone, await DrawAsync(a, b));
    }

    [Fact]
    public async Task A_photo_that_the_training_never_saw_is_a_reference_like_any_other()
    {
        var recorder = new Recorder();
        await tiny.Engine.TrainAsync(
            Teapot.Training(1, OptionValues.None
                .With(TrainingOption.BatchSize, 1)) with { Photos = [.. Teapot.Photos.Take(3)] }, recorder, Stop);
        var request = new GenerationRequest(recorder.Checkpoints[^1].Bytes.Stored(), [Teapot.Photos[0]], "a photo of a *", [1])
        {
            Options = OptionValues.None.With(SamplingOption.SamplingSteps, 2).With(SamplingOption.PublishedGuidance, true),
            CacheKey = "teapot",
        };
        var seen = (await tiny.Engine.GenerateAsync(request, new Recorder(), Stop))[0];
        var unseen = (await tiny.Engine.GenerateAsync(request with { References = [Teapot.Photos[5]] }, new Recorder(), Stop))[0];

        Assert.Empty(unseen.Warnings);
        Assert.NotEqual(Rgb(seen), Rgb(unseen));
        // What the engine keeps of the first photo, of both halves of guidance, must not show in pictures of the second.
        await tiny.Engine.ForgetAsync();
        Assert.Equal(Rgb((await tiny.Engine.GenerateAsync(request with { References = [Teapot.Photos[5]] }, new Recorder(), Stop))[0]),
            Rgb(unseen));
    }

    private async Task<byte[]> DrawAsync(params PhotoFile[] references) => Rgb((await tiny.Engine.GenerateAsync(
        new GenerationRequest((await tiny.TrainedAsync()).Stored(), references, "a photo of a *", [1])
            .With(SamplingOption.SamplingSteps, 3).With(SamplingOption.ImageGuidance, 6), new Recorder(),
        Stop))[0]);

    private static byte[] Rgb(GeneratedImage image) => PictureCodec.Decode(image.Png, "picture").Rgb;

    /// <summary>Sums in another order round otherwise: at most one step of a byte.</summary>
    private static void Near(byte[] expected, byte[] actual) =>
        Assert.True(expected.Zip(actual).All(p => Math.Abs(p.First - p.Second) <= 1), "the pictures differ");
}
