using ViCo.Engine.Datasets;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Vae;
using ViCo.Engine.Tests.Engine;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Models;

public sealed class VaeTilesTests
{
    [Theory]
    [InlineData(100, 70, 64)]
    [InlineData(64, 64, 64)]
    [InlineData(65, 129, 64)]
    public void Tiles_cover_a_map_once_with_context_inside_it(long height, long width, long side)
    {
        using var scope = NewDisposeScope();
        var times = zeros(1, 1, height, width);
        foreach (var tile in Tile.Cover(height, width, side, halo: 16))
        {
            tile.Own(times, scale: 1).copy_(tile.Own(times, scale: 1).Plus(1L));
            Assert.InRange(tile.Height, 1, side);
            Assert.Equal([1, 1, tile.HeightWithHalo, tile.WidthWithHalo], tile.WithHalo(times).shape);
            Assert.Equal([1, 1, tile.Height, tile.Width], tile.WithoutHalo(tile.WithHalo(times), scale: 1).shape);
        }

        Assert.True(times.eq(ones_like(times)).all().item<bool>());
    }

    // Three times the toybox's size, in four tiles. What is left is a slight difference in tone over whole tiles, without an edge between them.
    [Fact]
    public void A_picture_in_tiles_is_the_whole_one_within_36_dB_and_without_seams()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = BaseModel.Load(Repository.PathOf("models", "toybox"), CPU);
        var photo = PhotoTensor.From(Square.Fit(PictureCodec.Decode(Teapot.Photos[0].Content, "teapot"), 3 * model.ImageSize, SquareFit.Crop), CPU);
        var latents = model.Vae.Sample(model.Vae.Moments(photo), zeros([1, .. model.LatentShapeOf(3 * model.ImageSize, 3 * model.ImageSize)]));

        var whole = model.Vae.DecodeWhole(latents);
        var tiles = model.Vae.DecodeInTiles(latents, side: 24);

        var error = (whole - tiles).square().mean().item<float>();
        Assert.InRange(20 * Math.Log10(2 / Math.Sqrt(error)), 36, 200);
        Assert.InRange(Step(tiles, 3 * model.ImageSize / 2) / Step(whole, 3 * model.ImageSize / 2), 0.95, 1.05);

        Assert.True(whole.equal(model.Vae.Decode(latents)).all().item<bool>());          // small: not in tiles

        // The mean step from one column to the next across a seam.
        static double Step(Tensor pixels, long column) => (pixels.narrow(3, column, 1) - pixels.narrow(3, column - 1, 1)).abs().mean().item<float>();
    }

    [Fact]
    public void A_large_picture_is_decoded_in_tiles_without_being_told()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(2);
        using var vae = new AutoencoderKL(new(3, 3, [8, 8], 1, 4, 4, 1));
        foreach (var (name, parameter) in vae.named_parameters())
            parameter.copy_(parameter.Dimensions > 1 ? randn(parameter.shape, generator: generator).Times(0.3) : ones(parameter.shape));
        var latents = randn([1, 4, 104, 96], dtype: ScalarType.Float32, generator: generator);

        Assert.True(vae.Decode(latents).equal(vae.DecodeInTiles(latents, 64)).all().item<bool>());
        Assert.False(vae.Decode(latents).equal(vae.DecodeWhole(latents)).all().item<bool>());
        Assert.Equal([1, 3, 208, 192], vae.Decode(latents).shape);
    }
}
