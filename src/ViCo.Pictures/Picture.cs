namespace ViCo.Pictures;

/// <summary>Decoded pixels: 8-bit RGB, row by row from the top left, no padding.</summary>
public sealed class Picture
{
    /// <param name="rgb">Width × height × 3 bytes; kept, not copied.</param>
    public Picture(int width, int height, byte[] rgb)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (rgb.LongLength != 3L * width * height)
            throw new ArgumentException(
                $"A picture of {width} × {height} px has {3L * width * height} bytes of RGB, not {rgb.LongLength}.", nameof(rgb));
        Width = width;
        Height = height;
        Rgb = rgb;
    }

    /// <summary>In pixels.</summary>
    public int Width { get; }

    /// <summary>In pixels.</summary>
    public int Height { get; }

    /// <summary>The pixels themselves: R, G, B of the first pixel, then of the one to its right.</summary>
    public byte[] Rgb { get; }

    /// <summary>
    /// The part of <paramref name="width"/> × <paramref name="height"/> px whose top left corner is at
    /// (<paramref name="x"/>, <paramref name="y"/>).
    /// </summary>
    public Picture Crop(int x, int y, int width, int height)
    {
        if (x < 0 || y < 0 || width < 1 || height < 1 || x + width > Width || y + height > Height)
            throw new ArgumentException($"{width} × {height} px at ({x}, {y}) are not inside {Width} × {Height} px.");
        var rgb = new byte[3 * width * height];
        for (var row = 0; row < height; row++)
            Rgb.AsSpan(3 * (((y + row) * Width) + x), 3 * width).CopyTo(rgb.AsSpan(3 * row * width));
        return new(width, height, rgb);
    }
}
