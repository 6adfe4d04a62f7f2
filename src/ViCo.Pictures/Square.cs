namespace ViCo.Pictures;

/// <summary>Makes squares.</summary>
public static class Square
{
    private const byte MiddleGrey = 127;

    /// <summary>A copy of <paramref name="size"/> × <paramref name="size"/> px.</summary>
    /// <param name="fill">Grey of what a letterbox adds.</param>
    public static Picture Fit(Picture picture, int size, SquareFit fit, ResampleFilter filter = ResampleFilter.Bicubic,
        byte fill = MiddleGrey) => fit switch
    {
        SquareFit.Squash => Resampler.Resize(picture, size, size, filter),
        SquareFit.Crop => CropShortSide(picture, size, size, filter),
        SquareFit.Letterbox => Letterbox(picture, size, filter, fill),
        _ => throw new ArgumentOutOfRangeException(nameof(fit), fit, "Not a way to make a square."),
    };

    /// <summary>
    /// Scales the short side to <paramref name="resize"/> px and keeps the central <paramref name="crop"/> ×
    /// <paramref name="crop"/> px, rounding as torchvision does.
    /// </summary>
    public static Picture CropShortSide(Picture picture, int resize, int crop, ResampleFilter filter)
    {
        var (shortSide, longSide) = (Math.Min(picture.Width, picture.Height), Math.Max(picture.Width, picture.Height));
        var scaledLong = (int)((long)resize * longSide / shortSide);
        var scaled = picture.Width <= picture.Height
            ? Resampler.Resize(picture, resize, scaledLong, filter)
            : Resampler.Resize(picture, scaledLong, resize, filter);
        // Halves to even, as Python rounds.
        return scaled.Crop((int)Math.Round((scaled.Width - crop) / 2.0), (int)Math.Round((scaled.Height - crop) / 2.0), crop, crop);
    }

    private static Picture Letterbox(Picture picture, int size, ResampleFilter filter, byte fill)
    {
        var scale = (double)size / Math.Max(picture.Width, picture.Height);
        var (width, height) = (Math.Max((int)Math.Round(picture.Width * scale), 1), Math.Max((int)Math.Round(picture.Height * scale), 1));
        var scaled = Resampler.Resize(picture, width, height, filter);
        var rgb = new byte[3 * size * size];
        Array.Fill(rgb, fill);
        var (left, top) = ((size - width) / 2, (size - height) / 2);
        for (var row = 0; row < height; row++)
            scaled.Rgb.AsSpan(3 * row * width, 3 * width).CopyTo(rgb.AsSpan(3 * (((top + row) * size) + left)));
        return new(size, size, rgb);
    }
}
