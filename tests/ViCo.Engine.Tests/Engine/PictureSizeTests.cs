using ViCo.Engine.Generation;
using ViCo.Engine.Models;
using ViCo.Engine.Rehearsal;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Engine;

[Collection("tiny")]
public sealed class PictureSizeTests(TinyEngine tiny)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(32, 16)]
    [InlineData(16, 64)]
    [InlineData(32, 32)]                    // four times the area: the most
    public async Task Pictures_have_the_size_asked_for_and_each_equals_itself_alone(int width, int height)
    {
        var request = (await RequestAsync()).With(SamplingOption.Width, width).With(SamplingOption.Height, height)
            .With(TrainingOption.TokenMerging, 0.5);
        var together = await tiny.Engine.GenerateAsync(request with { Seeds = [1, 2] }, new Recorder(), Stop);
        foreach (var picture in together)
        {
            var alone = await tiny.Engine.GenerateAsync(request with { Seeds = [picture.Seed] }, new Recorder(), Stop);
            var (a, b) = (PictureCodec.Decode(picture.Png, "together"), PictureCodec.Decode(alone[0].Png, "alone"));
            Assert.Equal((width, height), (a.Width, a.Height));
            Assert.True(a.Rgb.Zip(b.Rgb).All(p => Math.Abs(p.First - p.Second) <= 1), $"seed {picture.Seed} differs");
        }
    }

    [Fact]
    public async Task The_models_own_size_changes_nothing_and_a_wide_picture_looks_at_its_reference()
    {
        var request = await RequestAsync();
        Assert.Equal(await PngAsync(request), await PngAsync(request.With(SamplingOption.Width, 16).With(SamplingOption.Height, 16)));

        var wide = request.With(SamplingOption.Width, 48);
        var other = await PngAsync(wide with { References = [Teapot.Photos[1]] });
        Assert.NotEqual(await PngAsync(wide), other);
        Assert.Equal(16, PictureCodec.Decode(other, "wide").Height);
        // References keep the model's size: what was kept for one size serves the other.
        await PngAsync(request with { CacheKey = "concept" });
        Assert.Equal(await PngAsync(wide), await PngAsync(wide with { CacheKey = "concept" }));
    }

    [Theory]
    [InlineData(24, 16, "Width is 24; wanted a multiple of 16")]
    [InlineData(16, -16, "Height is -16; wanted a multiple of 16")]
    [InlineData(16, 0, "Height is 0; wanted a multiple of 16 px for this base model, such as 16")]
    [InlineData(48, 32, "48 × 32 px are asked for; wanted at most 1024 pixels")]
    public async Task A_size_that_cannot_be_drawn_says_what_can(int width, int height, string message)
    {
        var request = (await RequestAsync()).With(SamplingOption.Width, width).With(SamplingOption.Height, height);
        var error = await Assert.ThrowsAsync<ArgumentException>(() => tiny.Engine.GenerateAsync(request, new Recorder(), Stop));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_that_is_decoded_in_strips_is_shown_in_strips_on_its_way_too()
    {
        using var model = BaseModel.Load(tiny.Folder, CPU);
        var (whole, shown) = (0, new List<int>());
        var decoder = (nn.Module<Tensor, Tensor>)model.Vae.named_modules().Single(m => m.name == "decoder").module;
        decoder.register_forward_hook((_, _, result) =>
        {
            whole++;
            return result;
        });
        var options = new GenerationRequest(null, [], "", [1]).With(SamplingOption.SamplingSteps, 4).OptionsOver(model.Defaults.Sampling);
        var drawing = new Drawing(null, new("a teapot", "", [], [], [1], options))
        {
            Previews = 2,
            OnPreview = (step, _) => shown.Add(step),
        };

        new TextToImage(model, new(0)).Draw([drawing], Stop, new(AtOnce: 1, InStrips: true));

        Assert.Equal(2, shown.Count);
        Assert.Equal(0, whole);
    }

    [Fact]
    public async Task A_picture_that_is_drawn_again_is_cut_as_its_file_says()
    {
        var request = await RequestAsync() with { Seeds = [1, 2] };
        var cramped = new DrawingRoom(1, InStrips: true);
        var drawn = await tiny.Engine.GenerateAsync(request with { Room = cramped }, new Recorder(), Stop);
        var now = await tiny.Engine.GenerateAsync(request, new Recorder(), Stop);

        Assert.Equal((cramped, new(2, InStrips: false)), (DrawingRoom.Of(drawn[0].Png.Span), DrawingRoom.Of(now[0].Png.Span)));
        var again = await tiny.Engine.GenerateAsync(request with { Room = DrawingRoom.Of(drawn[1].Png.Span) }, new Recorder(), Stop);
        Assert.Equal(drawn.Select(d => d.Png.ToArray()), again.Select(a => a.Png.ToArray()));
        Assert.Null(DrawingRoom.Of(PictureCodec.EncodePng(PictureCodec.Decode(drawn[0].Png, "drawn"))));
    }

    [Fact]
    public async Task The_rehearsal_draws_the_same_sizes()
    {
        await using var rehearsal = new RehearsalEngine();
        var picture =
            (await rehearsal.GenerateAsync(new GenerationRequest(null, [], "a photo of a teapot", [1]).With(SamplingOption.Width, 96)
                .With(SamplingOption.Height, 40), new Recorder(), Stop))[0];
        var decoded = PictureCodec.Decode(picture.Png, "rehearsal");
        Assert.Equal((96, 40), (decoded.Width, decoded.Height));
    }

    private async Task<GenerationRequest> RequestAsync() =>
        new GenerationRequest((await tiny.TrainedAsync()).Stored(), [Teapot.Photos[0]], "a photo of a * in the snow", [1])
            .With(SamplingOption.SamplingSteps, 3);

    private async Task<byte[]> PngAsync(GenerationRequest request) =>
        (await tiny.Engine.GenerateAsync(request, new Recorder(), Stop))[0].Png.ToArray();
}
