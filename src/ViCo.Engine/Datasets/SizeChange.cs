using ViCo.Pictures;

namespace ViCo.Engine.Datasets;

/// <summary>
/// A photo shown smaller on grey, larger, or as it is, with a word for it in the caption: so an object's size does not become part of what
/// is learned. Kumari et al. 2023, Custom Diffusion (arXiv:2212.04488), appendix; numbers of its official code.
/// </summary>
/// <param name="Size">Of the photo, in pixels.</param>
/// <param name="Top">Where it lies in the square (smaller), or the square in it (larger), in pixels.</param>
/// <param name="Words">What the caption says of it; null: nothing.</param>
internal sealed record SizeChange(int Size, int Top, int Left, string? Words)
{
    private static readonly string[] Smaller = ["far away", "very small"], Larger = ["zoomed in", "close up"];

    /// <summary>Up to this share of the square the photo lies on grey; from there to the square's size it is shown as it is.</summary>
    private const double Small = 0.6;

    /// <param name="side">Of the square, in pixels.</param>
    public static SizeChange Drawn(ref StepRandom random, int side)
    {
        var size = random.Unit() < 2.0 / 3 ? Between(ref random, side / 3, side + 1)
            : Between(ref random, (int)(1.2 * side), (int)(1.4 * side));
        size += size % 2;
        if (size > side)
            return new(size, random.Below(size - side + 1), random.Below(size - side + 1), Larger[random.Below(Larger.Length)]);
        return size < Small * side
            ? new(size, random.Below(side - size + 1), random.Below(side - size + 1), Smaller[random.Below(Smaller.Length)])
            : new(side, 0, 0, null);

        static int Between(ref StepRandom random, int from, int to) => from + random.Below(Math.Max(1, to - from));
    }

    /// <summary>"a photo of a *" and "far away" → "a far away photo of a *".</summary>
    public string Said(string caption)
    {
        if (Words is null) return caption;
        var space = caption.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && caption[..space] is "a" or "the" ? $"{caption[..space]} {Words}{caption[space..]}" : $"{Words} {caption}";
    }

    /// <summary>The photo in its size [1, 3, side, side], −1 to 1, with 0 beside it; in the current scope.</summary>
    public Tensor Show(Picture photo, bool flipped, Device device)
    {
        using var scope = NewDisposeScope();
        var side = photo.Width;
        var shown = PhotoTensor.From(Size == side ? photo : Square.Fit(photo, Size, SquareFit.Squash), device);
        if (flipped) shown = shown.flip(3);
        if (Size < side)
            return F.pad(shown, (Left, side - Size - Left, Top, side - Size - Top)).MoveToOuterDisposeScope();
        return shown.narrow(2, Size > side ? Top : 0, side).narrow(3, Size > side ? Left : 0, side).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The cells of a latent that show the photo and nothing else, 1, and the others, 0 [1, 1, cells, cells]: a cell less at each side of a
    /// small one, whose border the autoencoder blends with the grey.
    /// </summary>
    /// <param name="cells">Of the latent's side.</param>
    /// <param name="factor">Pixels of a cell's side.</param>
    public Tensor Cells(int cells, int factor, Device device)
    {
        using var scope = NewDisposeScope();
        if (Size >= cells * factor) return NewTensor.Ones([1, 1, cells, cells], ScalarType.Float32, device).MoveToOuterDisposeScope();
        var (down, across) = (Line(Top), Line(Left));
        return (down.unsqueeze(1) * across.unsqueeze(0)).view(1, 1, cells, cells).MoveToOuterDisposeScope();

        Tensor Line(int start)
        {
            var (first, end) = (start / factor + 1, (start + Size) / factor - 1);
            // Of a photo of two cells or fewer, the middle one.
            if (end <= first) (first, end) = ((start + Size / 2) / factor, (start + Size / 2) / factor + 1);
            return NewTensor.Of([.. Enumerable.Range(0, cells).Select(cell => cell >= first && cell < end ? 1f : 0f)], device);
        }
    }
}
