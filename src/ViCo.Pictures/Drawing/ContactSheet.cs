namespace ViCo.Pictures.Drawing;

/// <summary>One row of a contact sheet.</summary>
/// <param name="Caption">Written above the pictures: a prompt, or what the row shows.</param>
public sealed record SheetRow(string Caption, IReadOnlyList<Picture> Pictures);

/// <summary>Draws rows of pictures with captions, such as photos, then one row of pictures per prompt.</summary>
public static class ContactSheet
{
    private const int Margin = 28, Gap = 8, RowGap = 26;
    private const double TitleHeight = 20, CaptionHeight = 12;

    /// <summary>Draws the sheet.</summary>
    /// <param name="title">Above everything; empty for none.</param>
    /// <param name="rows">At least one, each with at least one picture.</param>
    /// <param name="cell">Side of a cell in pixels; pictures are fitted into it, keeping their shape.</param>
    public static Picture Draw(string title, IReadOnlyList<SheetRow> rows, int cell = 192)
    {
        if (rows.Count == 0 || rows.Any(r => r.Pictures.Count == 0))
            throw new ArgumentException("A contact sheet needs at least one row, and every row at least one picture.", nameof(rows));
        ArgumentOutOfRangeException.ThrowIfLessThan(cell, 16);

        var columns = rows.Max(r => r.Pictures.Count);
        var inner = (columns * (cell + Gap)) - Gap;
        var captionRoom = (int)(CaptionHeight * 1.9);
        var titleRoom = title.Length > 0 ? (int)(TitleHeight * 2.1) : 0;
        var height = (2 * Margin) + titleRoom + (rows.Count * (captionRoom + cell + RowGap)) - RowGap;
        var canvas = new Canvas(inner + (2 * Margin), height, Colour.White);
        var y = Margin;
        if (title.Length > 0)
            StrokeFont.Draw(canvas, StrokeFont.Fit(title, inner, TitleHeight), Margin, y, TitleHeight, Colour.Ink);
        y += titleRoom;
        foreach (var row in rows)
        {
            StrokeFont.Draw(canvas, StrokeFont.Fit(row.Caption, inner, CaptionHeight), Margin, y, CaptionHeight, Colour.Soft);
            y += captionRoom;
            for (var i = 0; i < row.Pictures.Count; i++)
            {
                var fitted = FitInto(row.Pictures[i], cell);
                var x = Margin + (i * (cell + Gap));
                canvas.Fill(x, y, cell, cell, Colour.Faint);
                canvas.Blit(fitted, x + ((cell - fitted.Width) / 2), y + ((cell - fitted.Height) / 2));
            }

            y += cell + RowGap;
        }

        return canvas.ToPicture();
    }

    private static Picture FitInto(Picture picture, int cell)
    {
        var scale = (double)cell / Math.Max(picture.Width, picture.Height);
        return Resampler.Resize(picture, Math.Max((int)Math.Round(picture.Width * scale), 1), Math.Max((int)Math.Round(picture.Height * scale), 1), ResampleFilter.Bicubic);
    }
}
