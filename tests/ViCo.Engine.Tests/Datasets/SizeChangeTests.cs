using ViCo.Engine.Datasets;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Datasets;

/// <summary>Photos shown smaller or larger than they are.</summary>
public sealed class SizeChangeTests
{
    private const int Side = 64, Factor = 8, Cells = Side / Factor;

    [Fact]
    public void Two_thirds_are_at_most_as_large_as_the_square_and_the_rest_a_fifth_to_two_fifths_larger()
    {
        var drawn = Enumerable.Range(0, 3000).Select(i => Drawn(i)).ToList();
        Assert.InRange(drawn.Count(s => s.Size <= Side) / 3000.0, 0.63, 0.70);
        Assert.All(drawn.Where(s => s.Size > Side), s => Assert.InRange(s.Size, (int)(1.2 * Side), (int)(1.4 * Side)));
        Assert.All(drawn.Where(s => s.Size < Side), s => Assert.InRange(s.Size, Side / 3, 0.6 * Side + 1));
        // Small and large ones say so, in two ways each; the others say nothing.
        Assert.Equal(["far away", "very small"], Words(s => s.Size < Side));
        Assert.Equal(["close up", "zoomed in"], Words(s => s.Size > Side));
        Assert.All(drawn.Where(s => s.Size == Side), s => Assert.Null(s.Words));
        Assert.InRange(drawn.Count(s => s.Size == Side) / 3000.0, 0.3, 0.5);

        IEnumerable<string?> Words(Func<SizeChange, bool> which) => drawn.Where(which).Select(s => s.Words).Distinct().Order();
    }

    [Theory]
    [InlineData("a photo of a *", "far away", "a far away photo of a *")]
    [InlineData("the photo of a *", "close up", "the close up photo of a *")]
    [InlineData("* on a table", "very small", "very small * on a table")]
    [InlineData("a photo of a *", null, "a photo of a *")]
    public void The_caption_says_it_where_it_can_be_read(string caption, string? words, string said) =>
        Assert.Equal(said, new SizeChange(Side, 0, 0, words).Said(caption));

    [Fact]
    public void A_small_photo_lies_on_grey_and_only_cells_within_it_count()
    {
        using var scope = NewDisposeScope();
        var white = new Picture(Side, Side, [.. Enumerable.Repeat((byte)255, 3 * Side * Side)]);
        var change = new SizeChange(32, 8, 24, "far away");
        var shown = change.Show(white, flipped: false, CPU);
        Assert.Equal([1, 3, Side, Side], shown.shape);
        Assert.Equal(3 * 32 * 32, shown.sum().item<float>(), 1f);
        Assert.Equal(1, shown[0, 0, 8, 24].item<float>());
        Assert.Equal(0, shown[0, 0, 7, 24].item<float>());
        // Cells 1 to 4 and 3 to 6 hold it; the outer ones do not count.
        var counts = change.Cells(Cells, Factor, CPU);
        Assert.Equal(4, counts.sum().item<float>());
        Assert.Equal(1, counts[0, 0, 2, 4].item<float>());
        Assert.Equal(1, counts[0, 0, 3, 5].item<float>());
        // However small, something of it counts.
        Assert.Equal(1, new SizeChange(10, 3, 3, "far away").Cells(Cells, Factor, CPU).sum().item<float>());
        Assert.Equal(Cells * Cells, new SizeChange(Side, 0, 0, null).Cells(Cells, Factor, CPU).sum().item<float>());
        Assert.Equal(Cells * Cells, new SizeChange(80, 5, 5, "close up").Cells(Cells, Factor, CPU).sum().item<float>());
    }

    [Fact]
    public void A_large_photo_is_cut_and_one_of_the_squares_size_is_as_it_is_flipped_where_it_is_asked()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var photo = new Picture(Side, Side, [.. randint(0, 256, [3 * Side * Side], generator: random).data<long>().Select(v => (byte)v)]);
        var whole = PhotoTensor.From(photo, CPU);
        Assert.True(whole.equal(new SizeChange(Side, 0, 0, null).Show(photo, flipped: false, CPU)).all().item<bool>());
        Assert.True(whole.flip(3).equal(new SizeChange(Side, 0, 0, null).Show(photo, flipped: true, CPU)).all().item<bool>());
        var large = PhotoTensor.From(Square.Fit(photo, 80, SquareFit.Squash), CPU);
        Assert.True(large.narrow(2, 3, Side).narrow(3, 9, Side).equal(
            new SizeChange(80, 3, 9, "close up").Show(photo, flipped: false, CPU)).all().item<bool>());
    }

    private static SizeChange Drawn(long index)
    {
        var random = new StepRandom(23, StepRandom.Purpose.Size, index);
        return SizeChange.Drawn(ref random, Side);
    }
}
