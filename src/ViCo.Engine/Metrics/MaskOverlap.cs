using ViCo.Engine.Generation;
using ViCo.Pictures;

namespace ViCo.Engine.Metrics;

/// <summary>How well a mask found by attention covers the object: intersection over union with the true mask.</summary>
public static class MaskOverlap
{
    /// <summary>A cell belongs to the object when at least half of it does.</summary>
    private const double Cut = 0.5;

    /// <summary>
    /// A true mask as the square that the model sees of its photo, so that cells lie over each other; a letterbox adds no object.
    /// </summary>
    /// <param name="size">Side in pixels.</param>
    /// <exception cref="InvalidDataException">The mask cannot be decoded; the message names it.</exception>
    public static Picture Square(PhotoFile mask, int size, SquareFit fit) =>
        Pictures.Square.Fit(PictureCodec.Decode(mask.Content, mask.Name), size, fit, fill: 0);

    /// <summary>Per layer the mean over photos and timesteps, by rising layer.</summary>
    /// <param name="truth">Per photo its true mask, as <see cref="With"/> takes it.</param>
    public static IReadOnlyList<LayerOverlap> ByLayer(IReadOnlyList<Picture> truth, IEnumerable<AttentionMap> found) =>
        [.. found.GroupBy(m => m.Layer).OrderBy(g => g.Key).Select(g => new LayerOverlap(g.Key, g.Average(m => With(truth[m.Photo], m))))];

    /// <summary>0 (apart) to 1 (the same cells).</summary>
    /// <param name="truth">The true mask in the square that the model sees; bright is object. It is
    /// averaged to the map's cells and cut.</param>
    public static double With(Picture truth, AttentionMap found)
    {
        var cells = Cells(truth, found.Width, found.Height);
        int both = 0, either = 0;
        for (var i = 0; i < cells.Length; i++)
        {
            var (real, seen) = (cells[i] >= Cut, found.Mask[i] != 0);
            both += real && seen ? 1 : 0;
            either += real || seen ? 1 : 0;
        }

        return either == 0 ? 1 : (double)both / either;
    }

    /// <summary>Mean brightness, 0 to 1, of each of width × height cells; a pixel on a border counts by its share.</summary>
    internal static double[] Cells(Picture mask, int width, int height)
    {
        var cells = new double[width * height];
        for (var row = 0; row < height; row++)
        {
            for (var column = 0; column < width; column++)
            {
                double sum = 0, area = 0;
                foreach (var (y, high) in Shares(row, height, mask.Height))
                {
                    foreach (var (x, wide) in Shares(column, width, mask.Width))
                    {
                        sum += high * wide * mask.Rgb[3 * ((y * mask.Width) + x)] / 255.0;
                        area += high * wide;
                    }
                }

                cells[(row * width) + column] = sum / area;
            }
        }

        return cells;
    }

    /// <summary>The pixels under one cell of a line, and how much of each.</summary>
    private static IEnumerable<(int Pixel, double Share)> Shares(int cell, int cells, int pixels)
    {
        var (from, to) = ((double)cell * pixels / cells, (double)(cell + 1) * pixels / cells);
        for (var pixel = (int)from; pixel < to && pixel < pixels; pixel++)
            yield return (pixel, Math.Min(to, pixel + 1) - Math.Max(from, pixel));
    }
}
