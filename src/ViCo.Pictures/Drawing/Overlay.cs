namespace ViCo.Pictures.Drawing;

/// <summary>Shows an attention map or a mask, given as cells from the top left, over the photo it belongs to.</summary>
public static class Overlay
{
    /// <summary>The map as colours over the photo, smooth between cells and scaled from its least to its greatest value.</summary>
    /// <param name="map">Width × height cells, row by row.</param>
    /// <param name="opacity">0 shows the photo, 1 the map alone.</param>
    public static Picture Heat(Picture photo, ReadOnlySpan<float> map, int mapWidth, int mapHeight, double opacity = 0.6)
    {
        CheckCells(map.Length, mapWidth, mapHeight);
        var (low, high) = (float.MaxValue, float.MinValue);
        foreach (var value in map)
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        var range = high > low ? high - low : 1;
        return Paint(photo, opacity, map, (x, y, cells) =>
            HeatColours.At((Smooth(cells, mapWidth, mapHeight, x / photo.Width * mapWidth, y / photo.Height * mapHeight) - low) / range));
    }

    /// <summary>The photo with everything outside the mask faded, so that what the model looks at stands out.</summary>
    /// <param name="mask">Width × height cells, row by row; 0 is outside.</param>
    public static Picture Mask(Picture photo, ReadOnlySpan<float> mask, int maskWidth, int maskHeight)
    {
        CheckCells(mask.Length, maskWidth, maskHeight);
        var outside = new float[mask.Length];
        for (var i = 0; i < mask.Length; i++)
            outside[i] = mask[i] == 0 ? 1 : 0;

        var rgb = (byte[])photo.Rgb.Clone();
        for (var y = 0; y < photo.Height; y++)
        {
            for (var x = 0; x < photo.Width; x++)
            {
                var cell = (y * maskHeight / photo.Height * maskWidth) + (x * maskWidth / photo.Width);
                if (outside[cell] == 0)
                    continue;
                const double Fading = 0.82;
                var at = 3 * ((y * photo.Width) + x);
                var faded = new Colour(rgb[at], rgb[at + 1], rgb[at + 2]).Mix(Colour.White, Fading);
                (rgb[at], rgb[at + 1], rgb[at + 2]) = (faded.R, faded.G, faded.B);
            }
        }

        return new(photo.Width, photo.Height, rgb);
    }

    private delegate Colour ColourAt(double x, double y, ReadOnlySpan<float> cells);

    private static Picture Paint(Picture photo, double opacity, ReadOnlySpan<float> cells, ColourAt colour)
    {
        var rgb = new byte[photo.Rgb.Length];
        for (var y = 0; y < photo.Height; y++)
        {
            for (var x = 0; x < photo.Width; x++)
            {
                var at = 3 * ((y * photo.Width) + x);
                var mixed = new Colour(photo.Rgb[at], photo.Rgb[at + 1], photo.Rgb[at + 2]).Mix(colour(x + 0.5, y + 0.5, cells), opacity);
                (rgb[at], rgb[at + 1], rgb[at + 2]) = (mixed.R, mixed.G, mixed.B);
            }
        }

        return new(photo.Width, photo.Height, rgb);
    }

    /// <summary>Bilinear between cell centres; (x, y) in cells.</summary>
    private static double Smooth(ReadOnlySpan<float> cells, int width, int height, double x, double y)
    {
        x = Math.Clamp(x - 0.5, 0, width - 1);
        y = Math.Clamp(y - 0.5, 0, height - 1);
        var (x0, y0) = ((int)x, (int)y);
        var (x1, y1) = (Math.Min(x0 + 1, width - 1), Math.Min(y0 + 1, height - 1));
        var upper = cells[(y0 * width) + x0] + ((x - x0) * (cells[(y0 * width) + x1] - cells[(y0 * width) + x0]));
        var lower = cells[(y1 * width) + x0] + ((x - x0) * (cells[(y1 * width) + x1] - cells[(y1 * width) + x0]));
        return upper + ((y - y0) * (lower - upper));
    }

    private static void CheckCells(int count, int width, int height)
    {
        if (width < 1 || height < 1 || count != width * height)
            throw new ArgumentException($"A map of {width} × {height} cells has {width * height} values, not {count}.");
    }
}
