namespace ViCo.Pictures;

/// <summary>Turns stored pixels upright. EXIF 2.3: orientation o says where the stored first row and column belong.</summary>
internal static class Orientation
{
    public static Picture Apply(Picture stored, int orientation)
    {
        if (orientation == 1)
            return stored;

        var (w, h) = (stored.Width, stored.Height);
        var (width, height) = orientation >= 5 ? (h, w) : (w, h);
        var rgb = new byte[stored.Rgb.Length];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                // Where the pixel that is to stand at (x, y) is stored.
                var (sx, sy) = orientation switch
                {
                    2 => (w - 1 - x, y),                // mirrored
                    3 => (w - 1 - x, h - 1 - y),        // upside down
                    4 => (x, h - 1 - y),                // mirrored, upside down
                    5 => (y, x),                        // transposed
                    6 => (y, h - 1 - x),                // to be turned right
                    7 => (w - 1 - y, h - 1 - x),        // transposed about the other diagonal
                    8 => (w - 1 - y, x),                // to be turned left
                    _ => throw new ArgumentOutOfRangeException(nameof(orientation), orientation, "EXIF orientations are 1 to 8."),
                };
                stored.Rgb.AsSpan(3 * ((sy * w) + sx), 3).CopyTo(rgb.AsSpan(3 * ((y * width) + x)));
            }
        }

        return new(width, height, rgb);
    }
}
