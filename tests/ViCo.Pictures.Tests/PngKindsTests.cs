namespace ViCo.Pictures.Tests;

/// <summary>Every kind of PNG gives the pixels that its specification says, and one that lacks some is refused.</summary>
public sealed class PngKindsTests
{
    public static TheoryData<int, int, bool> Kinds()
    {
        var kinds = new TheoryData<int, int, bool>();
        foreach (var (type, depths) in new (int, int[])[] { (0, [1, 2, 4, 8, 16]), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]),
            (6, [8, 16]) })
        {
            foreach (var depth in depths)
            {
                kinds.Add(type, depth, false);
                kinds.Add(type, depth, true);
            }
        }

        return kinds;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_pixel_is_read(int type, int depth, bool interlaced)
    {
        var png = new CraftedPng(61, 37, type, depth);
        Assert.Equal(png.Expected(), PictureCodec.Decode(png.File(interlaced), "png").Rgb);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Transparent_colours_and_palette_entries_become_white(int type, int depth, bool interlaced)
    {
        if (type is 4 or 6) return;                                     // they have alpha of their own
        var png = new CraftedPng(61, 37, type, depth);
        int[] transparency = type == 3 ? [0, 64] : Enumerable.Range(0, 61).Select(x => png.SamplesAt(x, 3))
            .First(s => s[0] == s.Min() && s[0] < 1 << (depth - 1));
        Assert.Equal(png.Expected(transparency), PictureCodec.Decode(png.File(interlaced, transparency), "png").Rgb);
        Assert.NotEqual(png.Expected(), png.Expected(transparency));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_PNG_whose_last_row_is_missing_is_refused(bool interlaced) =>
        Assert.Contains("its pixels end after", Refusal(new CraftedPng(61, 37, 2, 8).File(interlaced, rowsMissing: 1)),
            StringComparison.Ordinal);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void An_interlaced_PNG_too_narrow_for_all_passes_is_refused_at_once(int width)
    {
        Assert.Contains($"interlaced and {width} px wide", Refusal(new CraftedPng(width, 6, 6, 8).File(interlaced: true)),
            StringComparison.Ordinal);
        Assert.Equal(width, PictureCodec.Decode(new CraftedPng(width, 6, 6, 8).File(interlaced: false), "plain").Width);
    }

    /// <summary>The library believes the last header: a small first one must not hide a large second one from the limits.</summary>
    [Fact]
    public void A_second_header_is_refused()
    {
        var small = new CraftedPng(64, 64, 2, 8).File(interlaced: false);
        var large = new CraftedPng(64, 64, 2, 8).File(interlaced: false);
        large[16 + 2] = large[20 + 2] = 0x40;                           // 16,448 px a side
        byte[] both = [.. small[..33], .. CraftedPng.Chunk("IHDR"u8, large.AsSpan(16, 13)), .. small[33..]];
        Assert.Contains("second header", Refusal(both), StringComparison.Ordinal);

        var jpeg = PictureCodec.EncodeJpeg(TestPictures.Quarters());
        var at = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        Assert.Contains("second header", Refusal([.. jpeg[..at], .. jpeg[at..(at + 19)], .. jpeg[at..]]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_side_beyond_the_limit_is_refused_before_decoding() =>
        Assert.Contains("at most 65,535 px a side", Refusal(new CraftedPng(1, 70_000, 0, 1).File(interlaced: false)),
            StringComparison.Ordinal);

    private static string Refusal(byte[] file) => Assert.Throws<InvalidDataException>(() => PictureCodec.Decode(file, "photo")).Message;
}
