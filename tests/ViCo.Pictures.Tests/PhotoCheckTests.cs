namespace ViCo.Pictures.Tests;

public sealed class PhotoCheckTests
{
    private static readonly PhotoRules Toybox = new() { TrainingSize = 128 };

    [Fact]
    public void The_shipped_photos_pass_without_a_word()
    {
        foreach (var path in Samples())
        {
            var verdict = PhotoCheck.Check(path, File.ReadAllBytes(path), Toybox);
            Assert.Null(verdict.Problem);
            Assert.Empty(verdict.Warnings);
            Assert.Equal(("image/png", 128, 128), (verdict.Photo!.MediaType, verdict.Photo.Width, verdict.Photo.Height));
        }
    }

    [Fact]
    public void An_accepted_photo_is_upright_and_holds_nothing_but_pixels()
    {
        var file = TestPictures.WithOrientation(PictureCodec.EncodeJpeg(TestPictures.Quarters(200, 120)), 6, littleEndian: true);
        var photo = PhotoCheck.Check("turned.jpg", file, Toybox).Photo!;
        Assert.Equal((PictureFormat.Jpeg, 120, 200), (photo.Format, photo.Width, photo.Height));
        Assert.Equal(new PictureInfo(PictureFormat.Jpeg, 120, 200, 1, 1), PictureCodec.Identify(photo.Content.Span, "clean"));
        Assert.True(photo.Content.Span.IndexOf("Exif"u8) < 0);

        var png = PictureCodec.EncodePng(TestPictures.Quarters(), [new("Comment", "home address")]);
        Assert.Empty(PictureText.Read(PhotoCheck.Check("texts.png", png, Toybox).Photo!.Content.Span));
        Assert.Equal(PictureFormat.Png, PhotoCheck.Check("a.webp", SampleFiles.LosslessWebP, Toybox).Photo!.Format);
    }

    [Fact]
    public void A_photo_too_small_is_refused_with_both_sizes()
    {
        var verdict = PhotoCheck.Check("IMG_2.png", PictureCodec.EncodePng(TestPictures.Quarters(300, 60)), Toybox);
        Assert.Null(verdict.Photo);
        Assert.Equal(new PhotoProblem("too-small", "Photo 'IMG_2.png' is 300 × 60 px; both sides must be at least 64 px."),
            verdict.Problem);
    }

    [Fact]
    public void A_photo_under_half_the_training_size_is_accepted_with_a_warning()
    {
        var file = PictureCodec.EncodePng(TestPictures.Noise(128, 128));
        Assert.Empty(PhotoCheck.Check("a.png", file, Toybox).Warnings);
        Assert.Contains("trains at 512 px", Assert.Single(PhotoCheck.Check("a.png", file, new()).Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("unsupported-type")]
    [InlineData("damaged")]
    [InlineData("animated")]
    [InlineData("too-many-bytes")]
    [InlineData("too-many-pixels")]
    public void Every_refusal_has_its_code_and_names_the_photo(string code)
    {
        var good = PictureCodec.EncodePng(TestPictures.Quarters());
        byte[] file = code switch
        {
            "empty" => [],
            "unsupported-type" => "%PDF-1.7"u8.ToArray(),
            "damaged" => good[..^20],
            "animated" => SampleFiles.AnimatedWebP,
            _ => good,
        };
        var limits = code switch
        {
            "too-many-bytes" => new PictureLimits { MaxBytes = good.Length - 1 },
            "too-many-pixels" => new PictureLimits { MaxPixels = (96 * 64) - 1 },
            _ => PictureLimits.Default,
        };
        var problem = PhotoCheck.Check("holiday.png", file, Toybox with { Limits = limits }).Problem!;
        Assert.Equal(code, problem.Code);
        Assert.StartsWith("Photo 'holiday.png' ", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.08, 0, "nearly black")]
    [InlineData(0.05, 242, "nearly white")]
    public void A_photo_that_shows_nothing_for_want_of_light_gets_a_warning(double contrast, int light, string words)
    {
        foreach (var path in Samples())
        {
            var picture = PictureCodec.Decode(File.ReadAllBytes(path), path);
            var lost = new Picture(picture.Width, picture.Height, [.. picture.Rgb.Select(v => (byte)((v * contrast) + light))]);
            Assert.Contains(PhotoCheck.Check("a.png", PictureCodec.EncodePng(lost), Toybox).Warnings, warning =>
                warning.Contains(words, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_blurred_photo_gets_a_warning_and_its_sharp_self_none()
    {
        var sharp = PictureCodec.Decode(File.ReadAllBytes(Samples().First()), "sharp");
        var blurred = Resampler.Resize(Resampler.Resize(sharp, 12, 12, ResampleFilter.Bicubic), 128, 128, ResampleFilter.Bicubic);
        Assert.Contains("out of focus", Assert.Single(PhotoCheck.Check("b", PictureCodec.EncodePng(blurred), Toybox).Warnings),
            StringComparison.Ordinal);
        Assert.Empty(PhotoCheck.Check("s", PictureCodec.EncodePng(sharp), Toybox).Warnings);
    }

    [Fact]
    public void A_copy_in_another_size_and_quality_is_a_near_duplicate_and_other_photos_are_not()
    {
        List<Picture> photos = [.. Samples().Select(p => PictureCodec.Decode(File.ReadAllBytes(p), p))];
        var first = PhotoCheck.Fingerprint(photos[0]);
        var copy = PictureCodec.Decode(PictureCodec.EncodeJpeg(Resampler.Resize(photos[0], 90, 90, ResampleFilter.Bicubic), 60), "copy");
        Assert.True(PhotoCheck.AreNearDuplicates(first, PhotoCheck.Fingerprint(copy)));
        Assert.All(photos.Skip(1), p => Assert.False(PhotoCheck.AreNearDuplicates(first, PhotoCheck.Fingerprint(p))));
    }

    private static IEnumerable<string> Samples() =>
        Directory.GetFiles(Repository.PathOf("samples"), "*.png", SearchOption.AllDirectories)
            .Where(p => p.Contains("photos", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
}
