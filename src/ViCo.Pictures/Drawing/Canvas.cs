namespace ViCo.Pictures.Drawing;

/// <summary>The few strokes that sheets and plots need, in managed code: the same pixels with every codec and on machines without fonts.</summary>
internal sealed class Canvas
{
    private readonly byte[] _rgb;

    public Canvas(int width, int height, Colour background)
    {
        Width = width;
        Height = height;
        _rgb = new byte[3 * width * height];
        Fill(0, 0, width, height, background);
    }

    public int Width { get; }

    public int Height { get; }

    public Picture ToPicture() => new(Width, Height, _rgb);

    /// <summary>Fills a rectangle; what lies outside the canvas is left out.</summary>
    public void Fill(int x, int y, int width, int height, Colour colour)
    {
        for (var row = Math.Max(y, 0); row < Math.Min(y + height, Height); row++)
        {
            for (var column = Math.Max(x, 0); column < Math.Min(x + width, Width); column++)
                Set(column, row, colour, 1);
        }
    }

    /// <summary>Copies a picture to (x, y); what lies outside the canvas is left out.</summary>
    public void Blit(Picture picture, int x, int y)
    {
        for (var row = Math.Max(0, -y); row < Math.Min(picture.Height, Height - y); row++)
        {
            var first = Math.Max(0, -x);
            var count = Math.Min(picture.Width, Width - x) - first;
            if (count > 0)
                picture.Rgb.AsSpan(3 * ((row * picture.Width) + first), 3 * count).CopyTo(_rgb.AsSpan(3 * (((y + row) * Width) + x + first)));
        }
    }

    /// <summary>A line with round ends, antialiased.</summary>
    /// <param name="radius">Half the line's width, in pixels.</param>
    public void Line(double x0, double y0, double x1, double y1, double radius, Colour colour)
    {
        var reach = radius + 1;
        var (top, bottom) = (Math.Min(y0, y1) - reach, Math.Max(y0, y1) + reach);
        var (left, right) = (Math.Min(x0, x1) - reach, Math.Max(x0, x1) + reach);
        for (var y = Math.Max((int)top, 0); y <= Math.Min((int)bottom, Height - 1); y++)
        {
            for (var x = Math.Max((int)left, 0); x <= Math.Min((int)right, Width - 1); x++)
                Set(x, y, colour, Math.Clamp(radius + 0.5 - Distance(x + 0.5, y + 0.5, x0, y0, x1, y1), 0, 1));
        }
    }

    /// <summary>Mixes a pixel towards a colour by its coverage, 0 to 1.</summary>
    public void Set(int x, int y, Colour colour, double coverage)
    {
        if (coverage <= 0)
            return;
        var at = 3 * ((y * Width) + x);
        var mixed = new Colour(_rgb[at], _rgb[at + 1], _rgb[at + 2]).Mix(colour, coverage);
        (_rgb[at], _rgb[at + 1], _rgb[at + 2]) = (mixed.R, mixed.G, mixed.B);
    }

    /// <summary>Distance of a point from a segment.</summary>
    internal static double Distance(double px, double py, double x0, double y0, double x1, double y1)
    {
        var (dx, dy) = (x1 - x0, y1 - y0);
        var length = (dx * dx) + (dy * dy);
        var along = length == 0 ? 0 : Math.Clamp((((px - x0) * dx) + ((py - y0) * dy)) / length, 0, 1);
        var (ex, ey) = (px - x0 - (along * dx), py - y0 - (along * dy));
        return Math.Sqrt((ex * ex) + (ey * ey));
    }
}
