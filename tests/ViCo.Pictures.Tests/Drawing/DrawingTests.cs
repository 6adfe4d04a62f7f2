using ViCo.Pictures.Drawing;

namespace ViCo.Pictures.Tests.Drawing;

public sealed class DrawingTests
{
    [Fact]
    public void A_sheet_has_a_cell_per_picture_and_the_same_bytes_twice()
    {
        var red = TestPictures.Paint(64, 64, (_, _) => (200, 0, 0));
        SheetRow[] rows = [new("photos", [red, red, red]), new("a photo of a S★ in the snow", [red])];
        var sheet = ContactSheet.Draw("teapot", rows, 100);
        var redPixels = Enumerable.Range(0, sheet.Width * sheet.Height).Count(i => TestPictures.At(sheet, i % sheet.Width, i / sheet.Width) == (200, 0, 0));
        Assert.Equal(4 * 100 * 100, redPixels);
        Assert.Equal(sheet.Rgb, ContactSheet.Draw("teapot", rows, 100).Rgb);
        Save("sheet.png", ContactSheet.Draw("teapot: The quick brown fox jumps over the lazy dog 0123456789", rows, 192));
    }

    [Fact]
    public void Every_printable_sign_has_ink_and_captions_too_long_are_cut()
    {
        for (var c = '!'; c <= '~'; c++)
            Assert.True(Ink(c.ToString()) > 3, $"'{c}' draws nothing");
        Assert.True(Ink("★") > 10);
        Assert.Equal(Ink("e"), Ink("é"));
        Assert.InRange(StrokeFont.Measure(StrokeFont.Fit(new('W', 500), 300, 12), 12), 200, 300);

        static double Ink(string text)
        {
            var canvas = new Canvas(60, 40, Colour.White);
            StrokeFont.Draw(canvas, text, 10, 10, 14, Colour.Ink);
            return canvas.ToPicture().Rgb.Sum(b => (255 - b) / 255.0);
        }
    }

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

    [Fact]
    public void A_falling_loss_falls_on_the_plot()
    {
        var plot = LossPlot.Draw("loss of teapot", [.. Enumerable.Range(1, 400).Select(s => (s, 0.4 / Math.Sqrt(s) * (1 + (0.3 * Math.Sin(s * 1.7)))))]);
        Save("loss.png", plot);
        Assert.True(TopOfLine(plot, 110) + 60 < TopOfLine(plot, 800), $"{TopOfLine(plot, 110)} {TopOfLine(plot, 800)}");
        Assert.Equal(960, LossPlot.Draw("nothing", []).Width);
        Assert.Equal(960, LossPlot.Draw("one", [(1, double.NaN), (2, 0.5)]).Width);

        // Rows from the top to the strong line's blue.
        static int TopOfLine(Picture plot, int x) =>
            Enumerable.Range(64, 350).First(y => TestPictures.At(plot, x, y) is { R: < 120, B: > 120 });
    }

    [Fact]
    public void A_curve_passes_its_points_in_its_own_colour_on_axes_from_nought_to_one()
    {
        var plot = CurvePlot.Draw("masks of teapot", "training step", "IoU",
            [new("layer 8", [(50, 0.25), (100, 0.25), (400, 0.25)]), new("layer 14", [(50, 0.5), (100, 0.6), (400, 1)])]);
        Save("curves.png", plot);
        var axes = new PlotAxes(84, 84, 726, 312, 0, 400, 1);
        var (flat, risen) = (At(200, 0.25), At(400, 1));
        Assert.NotEqual(flat, risen);
        Assert.Equal(flat, At(100, 0.25));
        Assert.Equal(risen, At(250, 0.8));
        Assert.Equal((255, 255, 255), At(20, 0.25));                // nothing before the first checkpoint
        Assert.Throws<ArgumentException>(() => CurvePlot.Draw("", "", "", [new("empty", [])]));

        (int, int, int) At(double x, double y) => TestPictures.At(plot, (int)axes.X(x), (int)axes.Y(y));
    }

    /// <summary>For eyes: set VICO_TEST_PICTURES to a folder.</summary>
    private static void Save(string name, Picture picture)
    {
        if (Environment.GetEnvironmentVariable("VICO_TEST_PICTURES") is { Length: > 0 } folder)
            File.WriteAllBytes(Path.Combine(folder, name), PictureCodec.EncodePng(picture));
    }
}
