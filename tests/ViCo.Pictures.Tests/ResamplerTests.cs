namespace ViCo.Pictures.Tests;

public sealed class ResamplerTests
{
    /// <summary>FNV-1a of what Pillow 9.4's <c>Image.resize</c> makes of the same noise.</summary>
    [Theory]
    [InlineData(37, 23, 16, 16, ResampleFilter.Bicubic, 0x5b8842b97043f269UL)]
    [InlineData(37, 23, 16, 16, ResampleFilter.Bilinear, 0x7c00859b9a62006fUL)]
    [InlineData(37, 23, 128, 64, ResampleFilter.Bicubic, 0x5e252b5d56a3454aUL)]
    [InlineData(37, 23, 128, 64, ResampleFilter.Bilinear, 0xf1b7dde01077d971UL)]
    [InlineData(300, 200, 128, 85, ResampleFilter.Bicubic, 0x3ee50d59cf1a867cUL)]
    [InlineData(300, 200, 128, 85, ResampleFilter.Bilinear, 0x842e59d08df0b207UL)]
    [InlineData(5, 7, 5, 3, ResampleFilter.Bicubic, 0xd3b33719e5276e65UL)]
    [InlineData(5, 7, 5, 3, ResampleFilter.Bilinear, 0x6818248b46eaa399UL)]
    [InlineData(64, 64, 64, 64, ResampleFilter.Bicubic, 0x38a22a595b8a85b9UL)]
    [InlineData(64, 64, 64, 64, ResampleFilter.Bilinear, 0x38a22a595b8a85b9UL)]
    [InlineData(1, 1, 8, 8, ResampleFilter.Bicubic, 0x086e56138135f325UL)]
    [InlineData(640, 480, 224, 168, ResampleFilter.Bicubic, 0x908b770c64a58830UL)]
    [InlineData(640, 480, 224, 168, ResampleFilter.Bilinear, 0xe556b6fe45b39d82UL)]
    [InlineData(3, 100, 200, 2, ResampleFilter.Bicubic, 0xc1f316471072e6b1UL)]
    [InlineData(3, 100, 200, 2, ResampleFilter.Bilinear, 0x06e31938ccb46418UL)]
    public void Every_byte_is_Pillows(int width, int height, int newWidth, int newHeight, ResampleFilter filter, ulong hash)
    {
        var resized = Resampler.Resize(TestPictures.Noise(width, height), newWidth, newHeight, filter);
        Assert.Equal(3 * newWidth * newHeight, resized.Rgb.Length);
        Assert.Equal(hash, resized.Rgb.Aggregate(0xcbf29ce484222325, (h, b) => unchecked((h ^ b) * 0x100000001b3)));
    }

    [Fact]
    public void The_first_bytes_are_those_that_Pillow_prints() =>
        Assert.Equal([112, 140, 100, 165, 81, 143, 132, 164, 217, 114, 115, 172],
            Resampler.Resize(TestPictures.Noise(37, 23), 16, 16, ResampleFilter.Bicubic).Rgb[..12]);

    [Theory]
    [InlineData(200, 100)]
    [InlineData(100, 200)]
    [InlineData(101, 33)]
    public void Every_fit_makes_a_square_and_keeps_the_middle_in_the_middle(int width, int height)
    {
        var dot = TestPictures.Paint(width, height, (x, y) => Math.Abs(x - (width / 2)) < 8 && Math.Abs(y - (height / 2)) < 8 ? (255, 0, 0)
            : (0, 0, 255));
        foreach (var fit in Enum.GetValues<SquareFit>())
        {
            var square = Square.Fit(dot, 64, fit);
            Assert.Equal((64, 64), (square.Width, square.Height));
            Assert.True(TestPictures.At(square, 32, 32) is { R: > 250, B: < 5 }, $"{fit}");
        }
    }

    [Fact]
    public void Letterbox_fills_with_middle_grey_and_crop_fills_nothing()
    {
        var wide = TestPictures.Paint(200, 100, (_, _) => (9, 9, 9));
        Assert.Equal((127, 127, 127), TestPictures.At(Square.Fit(wide, 64, SquareFit.Letterbox), 32, 10));
        Assert.Equal((9, 9, 9), TestPictures.At(Square.Fit(wide, 64, SquareFit.Letterbox), 32, 20));
        Assert.Equal((0, 0, 0), TestPictures.At(Square.Fit(wide, 64, SquareFit.Letterbox, fill: 0), 32, 10));
        Assert.All(Square.Fit(wide, 64, SquareFit.Crop).Rgb, b => Assert.Equal(9, b));
    }
}
