using System.Text;

namespace ViCo.Pictures.Tests;

public sealed class PictureCodecTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 7)]
    [InlineData(96, 64)]
    [InlineData(257, 129)]
    public void A_PNG_gives_back_every_pixel(int width, int height)
    {
        var picture = TestPictures.Noise(width, height);
        var read = PictureCodec.Decode(PictureCodec.EncodePng(picture), "noise.png");
        Assert.Equal((width, height), (read.Width, read.Height));
        Assert.Equal(picture.Rgb, read.Rgb);
    }

    [Fact]
    public void Equal_pictures_have_equal_bytes_as_PNG_and_as_JPEG()
    {
        Assert.Equal(PictureCodec.EncodePng(TestPictures.Quarters()), PictureCodec.EncodePng(TestPictures.Quarters()));
        Assert.Equal(PictureCodec.EncodeJpeg(TestPictures.Quarters()), PictureCodec.EncodeJpeg(TestPictures.Quarters()));
    }

    [Fact]
    public void Flat_pictures_compress_because_rows_are_filtered()
    {
        var ramp = TestPictures.Paint(256, 256, (x, y) => (x, y, (x + y) / 2));
        Assert.InRange(PictureCodec.EncodePng(ramp).Length, 100, 4000);        // 196,608 bytes of pixels
    }

    [Fact]
    public void A_JPEG_gives_back_nearly_every_pixel_in_full_colour_resolution()
    {
        // One-pixel stripes of red and blue survive only without chroma subsampling.
        var stripes = TestPictures.Paint(64, 64, (x, _) => x % 2 == 0 ? (220, 30, 30) : (30, 30, 220));
        Assert.InRange(TestPictures.MeanDifference(stripes, PictureCodec.Decode(PictureCodec.EncodeJpeg(stripes), "x")), 0, 6);
    }

    /// <summary>EXIF 2.3 table 6: on which side of the upright picture the stored row 0 and column 0 lie.</summary>
    [Theory]
    [InlineData(1, 'T', 'L')]
    [InlineData(2, 'T', 'R')]
    [InlineData(3, 'B', 'R')]
    [InlineData(4, 'B', 'L')]
    [InlineData(5, 'L', 'T')]
    [InlineData(6, 'R', 'T')]
    [InlineData(7, 'R', 'B')]
    [InlineData(8, 'L', 'B')]
    public void Every_EXIF_orientation_comes_out_upright(int orientation, char row, char column)
    {
        var upright = TestPictures.Quarters();
        var (width, height) = row is 'T' or 'B' ? (upright.Width, upright.Height) : (upright.Height, upright.Width);
        var stored = TestPictures.Paint(width, height, (c, r) =>
        {
            int x = 0, y = 0;
            foreach (var (side, distance) in new[] { (row, r), (column, c) })
            {
                switch (side)
                {
                    case 'T': y = distance; break;
                    case 'B': y = upright.Height - 1 - distance; break;
                    case 'L': x = distance; break;
                    default: x = upright.Width - 1 - distance; break;
                }
            }

            return TestPictures.At(upright, x, y);
        });

        foreach (var littleEndian in new[] { true, false })
        {
            var file = TestPictures.WithOrientation(PictureCodec.EncodeJpeg(stored), orientation, littleEndian);
            var info = PictureCodec.Identify(file, "turned.jpg");
            Assert.Equal((orientation, width, height), (info.Orientation, info.Width, info.Height));
            Assert.Equal((upright.Width, upright.Height), (info.UprightWidth, info.UprightHeight));
            Assert.InRange(TestPictures.MeanDifference(upright, PictureCodec.Decode(file, "turned.jpg")), 0, 3);
        }
    }

    [Fact]
    public void Lossless_WebP_gives_every_pixel_and_lossy_nearly()
    {
        var wanted = TestPictures.Paint(96, 64, (x, y) => (x / 16 * 40, y / 16 * 60, 200));
        Assert.Equal(wanted.Rgb, PictureCodec.Decode(SampleFiles.LosslessWebP, "a.webp").Rgb);
        Assert.InRange(TestPictures.MeanDifference(wanted, PictureCodec.Decode(SampleFiles.LossyWebP, "b.webp")), 0.01, 8);
        Assert.Equal(new PictureInfo(PictureFormat.WebP, 96, 64, 1, 1), PictureCodec.Identify(SampleFiles.LossyWebP, "b.webp"));
    }

    [Fact]
    public void Transparency_is_laid_over_white()
    {
        var picture = PictureCodec.Decode(SampleFiles.TranslucentWebP, "glass.webp");
        Assert.Equal((227, 127, 127), TestPictures.At(picture, 10, 10));
    }

    [Fact]
    public void Grey_PNG_and_progressive_JPEG_are_read()
    {
        var grey = PictureCodec.Decode(SampleFiles.GreyPng, "grey.png");
        var (r, g, b) = TestPictures.At(grey, 5, 32);
        Assert.True(r == g && g == b);
        Assert.InRange(r, 124, 136);
        Assert.Equal((64, 64),
            (PictureCodec.Decode(SampleFiles.ProgressiveJpeg, "p.jpg").Width, PictureCodec.Decode(SampleFiles.ProgressiveJpeg, "p.jpg")
            .Height));
    }

    [Fact]
    public void Limits_are_checked_before_anything_is_decoded()
    {
        // A header that claims 3.6 gigapixels over a few bytes of data: only a check before decoding can answer with the size.
        var bomb = PictureCodec.EncodePng(TestPictures.Quarters());
        bomb[18] = bomb[22] = 0xEA;
        Assert.Contains("is 60000 × 59968 px; at most 50,000,000 pixels", Refusal(bomb, new()), StringComparison.Ordinal);

        Assert.Contains("at most 100 are accepted", Refusal(PictureCodec.EncodePng(TestPictures.Quarters()), new() { MaxBytes = 100 }),
            StringComparison.Ordinal);
        Assert.Contains("animation of 2 frames", Refusal(SampleFiles.AnimatedWebP, new()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_JPEG_of_more_scans_than_encoders_make_is_refused_before_decoding()
    {
        var file = SampleFiles.ProgressiveJpeg;
        var last = file.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        Assert.Contains("more than 64 scans",
            Refusal([.. file[..last], .. Enumerable.Repeat(file[last..^2], 100).SelectMany(s => s), .. file[^2..]], new()),
            StringComparison.Ordinal);
        Assert.Equal(64, PictureCodec.Decode(
            (byte[])[.. file[..^2], .. Enumerable.Repeat(file[last..^2], 20).SelectMany(s => s), .. file[^2..]], "scans").Width);
    }

    [Fact]
    public void A_JPEG_coding_that_browsers_do_not_read_is_refused_by_name()
    {
        var file = PictureCodec.EncodeJpeg(TestPictures.Quarters());
        file[file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]) + 1] = 0xC9;
        Assert.Contains("arithmetic-coded JPEG", Refusal(file, new()), StringComparison.Ordinal);
    }

    [Fact]
    public void The_type_is_told_by_content_whatever_the_name_says()
    {
        Assert.Equal(PictureFormat.Jpeg, PictureCodec.Identify(PictureCodec.EncodeJpeg(TestPictures.Quarters()), "really.png").Format);
        Assert.Contains("'photo.png' is a GIF image; wanted PNG, JPEG or WebP", Refusal("GIF89a"u8.ToArray(), new(), "photo.png"),
            StringComparison.Ordinal);
        Assert.Contains("a web page", Refusal("<!DOCTYPE html><script>"u8.ToArray(), new()), StringComparison.Ordinal);
        Assert.Contains("an HEIC image", Refusal([0, 0, 0, 24, .. "ftypheic"u8, 0, 0, 0, 0], new()), StringComparison.Ordinal);
        Assert.Contains("no picture", Refusal("hello"u8.ToArray(), new()), StringComparison.Ordinal);
        Assert.Contains("is empty", Refusal([], new()), StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[]> WholeFiles() => new()
    {
        { "png", PictureCodec.EncodePng(TestPictures.Quarters()) },
        { "jpeg", PictureCodec.EncodeJpeg(TestPictures.Quarters()) },
        { "progressive", SampleFiles.ProgressiveJpeg },
        { "webp", SampleFiles.LossyWebP },
        { "lossless webp", SampleFiles.LosslessWebP },
        { "exif", TestPictures.WithOrientation(PictureCodec.EncodeJpeg(TestPictures.Quarters()), 6, littleEndian: false) },
    };

    [Theory]
    [MemberData(nameof(WholeFiles))]
    public void A_file_cut_anywhere_is_refused_with_its_name(string kind, byte[] file)
    {
        PictureCodec.Decode(file, kind);
        for (var length = 0; length < file.Length - 1; length++)
            Assert.Contains($"'{kind}'", Refusal(file[..length], new(), kind), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(WholeFiles))]
    public void A_file_with_wrong_bytes_gives_a_picture_or_a_refusal_never_another_error(string kind, byte[] file)
    {
        var random = new Random(7);
        for (var trial = 0; trial < 300; trial++)
        {
            var wrong = (byte[])file.Clone();
            for (var i = random.Next(1, 6); i > 0; i--)
                wrong[random.Next(wrong.Length)] = (byte)random.Next(256);
            try
            {
                // A small limit keeps a header that became huge from being decoded.
                var picture = PictureCodec.Decode(wrong, kind, new() { MaxPixels = 1_000_000 });
                Assert.Equal(3L * picture.Width * picture.Height, picture.Rgb.LongLength);
            }
            catch (InvalidDataException e)
            {
                Assert.StartsWith($"Photo '{kind}'", e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Texts_travel_in_a_PNG_and_leave_its_pixels_alone()
    {
        PictureText[] texts = [new("Software", "ViCo"), new("prompt", "a photo of a S★ — “snow”"),
            new("parameters", "Steps: 30\nSeed: 42"), new("XML:com.adobe.xmp", "<x/>")];
        var png = PictureCodec.EncodePng(TestPictures.Quarters(), texts);
        Assert.Equal(texts, PictureText.Read(png));
        Assert.Equal(TestPictures.Quarters().Rgb, PictureCodec.Decode(png, "texts.png").Rgb);
        var latin = Encoding.Latin1.GetString(png);
        Assert.Equal(2, latin.Split("tEXt").Length - 1);
        Assert.Equal(2, latin.Split("iTXt").Length - 1);
        Assert.Empty(PictureText.Read(PictureCodec.EncodeJpeg(TestPictures.Quarters())));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" Software")]
    [InlineData("schlüssel\n")]
    [InlineData("★")]
    public void A_bad_keyword_is_refused(string keyword) =>
        Assert.Throws<ArgumentException>(() => PictureCodec.EncodePng(TestPictures.Quarters(), [new(keyword, "x")]));

    private static string Refusal(byte[] file, PictureLimits limits, string name = "photo") =>
        Assert.Throws<InvalidDataException>(() => PictureCodec.Decode(file, name, limits)).Message;
}
