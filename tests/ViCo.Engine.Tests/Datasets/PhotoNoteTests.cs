using ViCo.Engine.Checkpoints;
using ViCo.Engine.Tests.Engine;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Datasets;

/// <summary>Captions and masks of single photos.</summary>
[Collection("tiny")]
public sealed class PhotoNoteTests(TinyEngine tiny)
{
    private const byte White = 255, Grey = 100, Black = 0;

    private static readonly PhotoFile[] Photos = [.. Teapot.Photos.Take(2)];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("vico")]
    [InlineData("textual-inversion")]
    [InlineData("dreambooth-lora")]
    [InlineData("custom-diffusion")]
    public async Task A_photos_own_caption_takes_the_lists_place_and_one_of_the_list_changes_nothing(string method)
    {
        var usual = await LearnedAsync(method, Photos);
        Assert.Equal(usual, await LearnedAsync(method, [.. Photos.Select(p => p with { Caption = "a photo of a *" })]));
        Assert.NotEqual(usual, await LearnedAsync(method, [.. Photos.Select(p => p with { Caption = "a * upside down in the snow" })]));
    }

    [Theory]
    [InlineData("vico")]
    [InlineData("textual-inversion")]
    [InlineData("dreambooth-lora")]
    [InlineData("custom-diffusion")]
    public async Task A_white_mask_changes_nothing_that_shows_and_what_another_hides_is_not_learned(string method)
    {
        var (none, white) = (await LossAsync(Photos), await LossAsync(Masked(_ => 255)));
        var left = await LossAsync(Masked(x => x < 0.5 ? White : Black));
        Assert.Equal(none, white, none * 1e-5);
        Assert.True(Math.Abs(left / none - 1) > 0.01, $"{left} of {none}");
        // It is what shows that counts, not how brightly; the edge between both is resampled.
        Assert.Equal(left, await LossAsync(Masked(x => x < 0.5 ? Grey : Black)), left * 2e-3);

        async Task<double> LossAsync(IReadOnlyList<PhotoFile> photos)
        {
            var recorder = new Recorder();
            await tiny.Engine.TrainAsync(Training(method, photos), recorder, Stop);
            return recorder.Steps[0].Term("noise")!.Value;
        }
    }

    [Fact]
    public async Task A_caption_without_the_object_a_black_mask_and_one_of_another_shape_are_refused_by_name()
    {
        await RefusedAsync("The caption of photo 2, 'a teapot', does not name the object", [
            Photos[0], Photos[1] with { Caption = "a teapot" }]);
        await RefusedAsync("The mask of photo 1 is black", [Photos[0] with { Mask = Png(128, 128, _ => 0) }]);
        await RefusedAsync($"The mask of {Photos[0].Name} is 64 × 32 px and the photo 128 × 128 px", [
            Photos[0] with { Mask = Png(64, 32, _ => 255) }]);

        async Task RefusedAsync(string why, IReadOnlyList<PhotoFile> photos)
        {
            var error = await Assert.ThrowsAsync<InvalidDataException>(() =>
                tiny.Engine.TrainAsync(Training("dreambooth-lora", photos), new Recorder(), Stop));
            Assert.Contains(why, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_training_goes_on_with_the_captions_and_masks_that_it_began_with_and_with_no_others()
    {
        IReadOnlyList<PhotoFile> photos = [Photos[0] with { Caption = "my *", Mask = Png(128, 128, x => x < 0.5 ? White : Black) }];
        var recorder = new Recorder();
        await tiny.Engine.TrainAsync(Training("dreambooth-lora", photos), recorder, Stop);
        var again = new Recorder();
        await tiny.Engine.TrainAsync(On(photos), again, Stop);
        Assert.Equal(recorder.Checkpoints[^1].Bytes, again.Checkpoints[^1].Bytes);
        await RefusedAsync("captions of photos", [photos[0] with { Caption = "the *" }]);
        await RefusedAsync("masks of photos", [photos[0] with { Mask = null }]);

        TrainingRequest On(IReadOnlyList<PhotoFile> some) =>
            Training("dreambooth-lora", some) with { Resume = [recorder.Resumes[^1].Bytes.Stored("resume")] };

        async Task RefusedAsync(string what, IReadOnlyList<PhotoFile> some)
        {
            var error = await Assert.ThrowsAsync<InvalidDataException>(() => tiny.Engine.TrainAsync(On(some), new Recorder(), Stop));
            Assert.Contains(what, error.Message, StringComparison.Ordinal);
        }
    }

    private static PhotoFile[] Masked(Func<double, byte> brightness) =>
        [.. Photos.Select(photo => photo with { Mask = Png(128, 128, brightness) })];

    /// <param name="brightness">From how far to the right, 0 to 1.</param>
    private static byte[] Png(int width, int height, Func<double, byte> brightness)
    {
        var line = Enumerable.Range(0, width).SelectMany(x => Enumerable.Repeat(brightness(x / (double)width), 3)).ToArray();
        return PictureCodec.EncodePng(new(width, height, [.. Enumerable.Repeat(line, height).SelectMany(l => l)]));
    }

    private static TrainingRequest Training(string method, IReadOnlyList<PhotoFile> photos) =>
        Teapot.Training(1, OptionValues.None.With(TrainingOption.Method, method).With(TrainingOption.BatchSize, 2)
            .With(TrainingOption.Captions, "plain").With(PriorOption.PriorPictures, 1).With(CustomDiffusionOption.VarySize, false))
            with { Photos = photos };

    private async Task<string> LearnedAsync(string method, IReadOnlyList<PhotoFile> photos)
    {
        var recorder = new Recorder();
        await tiny.Engine.TrainAsync(Training(method, photos), recorder, Stop);
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.FromBytes(recorder.Checkpoints[^1].Bytes, "checkpoint");
        return string.Join('\n', file.Names.Select(n => $"{n} {Convert.ToBase64String(file.Load(n).bytes)}"));
    }
}
