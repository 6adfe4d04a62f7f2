using ViCo.Engine.Datasets;
using ViCo.Engine.Generation;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Vae;
using ViCo.Engine.Tests.Engine;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Models;

public sealed class VaeStripsTests
{
    [Fact]
    public void A_photo_in_strips_is_the_whole_one_up_to_rounding()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = BaseModel.Load(Repository.PathOf("models", "toybox"), CPU);
        var side = 3 * model.ImageSize;
        var photo = PhotoTensor.From(Square.Fit(PictureCodec.Decode(Teapot.Photos[0].Content, "teapot"), side, SquareFit.Crop), CPU);
        var latents = model.Vae.Sample(model.Vae.Moments(photo), zeros([1, .. model.LatentShapeOf(side, side)]));
        Assert.InRange(Decibel(model.Vae.Decode(latents), model.Vae.DecodeInStrips(latents)), 90, 300);
    }

    // 2 × height × 2 × width cells in strips of 65,536 or of one row: several of them, the last one mostly shorter.
    [Theory]
    [InlineData(150, 260)]
    [InlineData(257, 90)]
    [InlineData(1, 33_000)]                              // a row is longer than a strip
    [InlineData(5, 7)]
    public void Any_size_and_batch_in_strips_is_the_whole_one_up_to_rounding(long height, long width)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(2);
        // Two levels of different widths, so that one block joins its input by a convolution; random gains and shifts.
        using var vae = new AutoencoderKL(new(3, 3, [8, 16], 1, 4, 4, 1));
        foreach (var parameter in vae.parameters())
            parameter.copy_(randn(parameter.shape, generator: generator).Times(0.3).Plus(parameter.Dimensions > 1 ? 0 : 0.5));
        // A tilted mean: strips differ from the whole in means and variances.
        var latents = randn([2, 4, height, width], dtype: ScalarType.Float32, generator: generator)
            .Plus(linspace(-1, 3, (int)height, ScalarType.Float32).view(1, 1, -1, 1));

        var whole = vae.Decode(latents);
        Assert.Equal([2, 3, 2 * height, 2 * width], whole.shape);
        Assert.InRange(Decibel(whole, vae.DecodeInStrips(latents)), 90, 300);
    }

    [Fact]
    public void Only_pictures_above_the_stated_area_are_decoded_in_strips()
    {
        using var model = BaseModel.Load(Repository.PathOf("models", "toybox"), CPU);
        var drawing = new BoundedDrawing(model, new(model, new(1 << 20)), null, () => { });
        Assert.False(Of(96, 96).InStrips);
        Assert.True(Of(96, 104).InStrips);

        DrawingRoom Of(int height, int width) =>
            drawing.RoomFor(1, new PictureSize(width * model.Vae.Config.Downscale, height * model.Vae.Config.Downscale));
    }

    private static double Decibel(Tensor expected, Tensor found) =>
        20 * Math.Log10((expected.max() - expected.min()).item<float>() / (expected - found).square().mean().sqrt().item<float>());
}
