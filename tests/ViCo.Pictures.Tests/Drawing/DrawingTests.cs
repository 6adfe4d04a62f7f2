using ViCo.Pictures.Drawing;

namespace ViCo.Pictures.Tests.Drawing;

public sealed class DrawingTests
{
    [Fact]
    public void A_heat_map_is_brightest_where_the_map_is_greatest()
    {
        var photo = TestPictures.Paint(64, 64, (_, _) => (128, 128, 128));
        var map = new float[16];
        map[5] = 1;                                             // second row, second column of 4 × 4
        var heat = Overlay.Heat(photo, map, 4, 4, opacity: 1);
        var brightest = Enumerable.Range(0, 64 * 64).MaxBy(i => heat.Rgb[3 * i] + heat.Rgb[(3 * i) + 1] + heat.Rgb[(3 * i) + 2]);
        Assert.Equal((23, 23), (brightest % 64, brightest / 64));
        Assert.True(TestPictures.At(heat, 23, 23) is { R: > 240, G: > 220 });
        Assert.Equal((0, 0, 4), TestPictures.At(heat, 60, 60));
        Assert.Equal(photo.Rgb, Overlay.Heat(photo, map, 4, 4, opacity: 0).Rgb);
    }

    [Fact]
    public void A_mask_fades_the_photo_outside_and_leaves_it_inside()
    {
        var photo = TestPictures.Paint(60, 30, (x, y) => (x, y, 7));
        var masked = Overlay.Mask(photo, [0, 1], 2, 1);
        Assert.Equal(TestPictures.At(photo, 45, 9), TestPictures.At(masked, 45, 9));
        Assert.True(TestPictures.At(masked, 10, 9).B > 190);
    }
}
