using System.Globalization;
using ViCo.Cli.Plots;
using ViCo.Engine.Generation;
using ViCo.Pictures;
using ViCo.Pictures.Drawing;

namespace ViCo.Cli.Concepts;

/// <summary>
/// Where S★ looked while pictures were drawn: a row per image layer, a column per some steps and the
/// mean over all (ViCo figures 18, 20 and 21).
/// </summary>
internal static class AttentionStrips
{
    private const int Columns = 8, CellPixels = 128;

    /// <summary>A PNG of what S★ sees in a reference: per layer its attention, and below it the masks made of that.</summary>
    public static byte[] OfReference(string title, Picture reference, IEnumerable<AttentionFrame> frames) =>
        Draw(title, frames, layer => [Heat(reference, layer), Masks(reference, layer)]);

    /// <summary>
    /// A PNG of where the object goes in a picture: per layer the attention of its cells to S★, over the finished picture.
    /// </summary>
    public static byte[] OfPicture(string title, Picture picture, IEnumerable<AttentionFrame> frames) =>
        Draw(title, frames, layer => [Heat(picture, layer)]);

    private static byte[] Draw(string title, IEnumerable<AttentionFrame> frames, Func<IGrouping<int, AttentionFrame>,
        IEnumerable<SheetRow>> rows) =>
        ContactSheet.Draw(title, [.. frames.GroupBy(f => f.Layer).OrderBy(l => l.Key).SelectMany(rows)], CellPixels);

    private static SheetRow Heat(Picture picture, IGrouping<int, AttentionFrame> layer)
    {
        var first = layer.First();
        var shown = Shown(layer);
        var peaks = string.Join(", ", shown.Select(f => f.Map.Max().ToString("0.00", CultureInfo.InvariantCulture)));
        return new(
            // Each map's colours go from its least to its greatest value, so that the latter is told.
            $"layer {layer.Key}, {first.Width} x {first.Height}: steps {string.Join(", ", shown.Select(f => f.Step))}, mean of all; "
                + $"greatest {peaks}",
            [.. shown.Select(f => Overlay.Heat(picture, [.. f.Map], f.Width, f.Height)),
                Overlay.Heat(picture, Cells.Mean(layer, f => f.Map), first.Width, first.Height)]);
    }

    private static SheetRow Masks(Picture picture, IGrouping<int, AttentionFrame> layer)
    {
        return new(
            $"layer {layer.Key}: masks at these steps, then the cells that at least half of all steps keep",
            [.. Shown(layer).Select(f => Mask(f, [.. f.Mask!.Select(b => (float)b)])),
                Mask(layer.First(), Cells.Majority(layer, f => f.Mask!))]);

        Picture Mask(AttentionFrame frame, float[] mask) => Overlay.Mask(picture, mask, frame.Width, frame.Height);
    }

    /// <summary>Every so many steps, from the first on.</summary>
    private static List<AttentionFrame> Shown(IEnumerable<AttentionFrame> layer)
    {
        var steps = layer.OrderBy(f => f.Step).ToList();
        var every = (steps.Count + Columns - 1) / Columns;
        return [.. steps.Where((_, i) => i % every == 0)];
    }
}
