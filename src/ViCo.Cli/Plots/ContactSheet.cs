using SkiaSharp;
using ViCo.Pictures;
using ViCo.Pictures.Drawing;

namespace ViCo.Cli.Plots;

/// <summary>Draws rows of pictures with captions, such as photos, then one row of pictures per prompt.</summary>
internal static class ContactSheet
{
    private const int Margin = 28, Gap = 8, RowGap = 26, TitleRoom = 44, CaptionRoom = 24;
    private const float TitleSize = 26, CaptionSize = 15;

    private static readonly SKColor Ink = new(0x22, 0x26, 0x2E), Soft = new(0x75, 0x7D, 0x8C), Empty = new(0xD9, 0xDD, 0xE4);

    /// <summary>The sheet as a PNG.</summary>
    /// <param name="title">Above everything; empty for none.</param>
    /// <param name="rows">At least one, each with at least one picture.</param>
    /// <param name="cell">Side of a cell in pixels; pictures are fitted into it, keeping their shape.</param>
    public static byte[] Draw(string title, IReadOnlyList<SheetRow> rows, int cell = 192)
    {
        if (rows.Count == 0 || rows.Any(r => r.Pictures.Count == 0))
            throw new ArgumentException("A contact sheet needs at least one row, and every row at least one picture.", nameof(rows));
        ArgumentOutOfRangeException.ThrowIfLessThan(cell, 16);

        var inner = (rows.Max(r => r.Pictures.Count) * (cell + Gap)) - Gap;
        var titleRoom = title.Length > 0 ? TitleRoom : 0;
        var (width, height) = (inner + (2 * Margin), (2 * Margin) + titleRoom + (rows.Count * (CaptionRoom + cell + RowGap)) - RowGap);
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.White);
        Write(canvas, title, Margin + TitleSize, inner, new(TitleSize, Ink));
        using var background = new SKPaint { Color = Empty };
        var placed = new List<(Picture Picture, int X, int Y)>();
        for (var i = 0; i < rows.Count; i++)
        {
            var y = Margin + titleRoom + (i * (CaptionRoom + cell + RowGap));
            Write(canvas, rows[i].Caption, y + CaptionSize, inner, new(CaptionSize, Soft));
            for (var j = 0; j < rows[i].Pictures.Count; j++)
            {
                var (x, top) = (Margin + (j * (cell + Gap)), y + CaptionRoom);
                canvas.DrawRect(x, top, cell, cell, background);
                var fitted = FitInto(rows[i].Pictures[j], cell);
                placed.Add((fitted, x + ((cell - fitted.Width) / 2), top + ((cell - fitted.Height) / 2)));
            }
        }

        canvas.Flush();
        var sheet = ToPicture(bitmap);
        // Pictures are copied, not drawn: their pixels stay as they are.
        foreach (var (picture, x, y) in placed)
        {
            for (var row = 0; row < picture.Height; row++)
                picture.Rgb.AsSpan(3 * row * picture.Width, 3 * picture.Width).CopyTo(sheet.Rgb.AsSpan(3 * (((y + row) * width) + x)));
        }

        return PictureCodec.EncodePng(sheet);
    }

    private readonly record struct Lettering(float Size, SKColor Colour);

    /// <summary>One line of text from the left margin on; cut, with an ellipsis, where it is too long.</summary>
    private static void Write(SKCanvas canvas, string text, float baseline, float room, Lettering lettering)
    {
        using var font = new SKFont(PlotFont.Typeface, lettering.Size) { Edging = SKFontEdging.Antialias, Subpixel = true };
        using var paint = new SKPaint { Color = lettering.Colour, IsAntialias = true };
        if (font.MeasureText(text) > room)
            text = string.Concat(text.AsSpan(0, font.BreakText(text, room - font.MeasureText("…"))), "…");
        canvas.DrawText(text, Margin, baseline, SKTextAlign.Left, font, paint);
    }

    private static Picture ToPicture(SKBitmap bitmap)
    {
        var rgba = bitmap.GetPixelSpan();
        var rgb = new byte[3 * bitmap.Width * bitmap.Height];
        for (int from = 0, to = 0; to < rgb.Length; from += 4, to += 3) rgba.Slice(from, 3).CopyTo(rgb.AsSpan(to));
        return new(bitmap.Width, bitmap.Height, rgb);
    }

    private static Picture FitInto(Picture picture, int cell)
    {
        var scale = (double)cell / Math.Max(picture.Width, picture.Height);
        return Resampler.Resize(
            picture, Math.Max((int)Math.Round(picture.Width * scale), 1), Math.Max((int)Math.Round(picture.Height * scale), 1),
            ResampleFilter.Bicubic);
    }
}
