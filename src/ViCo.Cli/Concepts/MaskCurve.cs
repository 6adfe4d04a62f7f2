using System.Globalization;
using Spectre.Console;
using ViCo.Cli.Plots;
using ViCo.Engine;
using ViCo.Engine.Methods;
using ViCo.Engine.Metrics;
using ViCo.Pictures;

namespace ViCo.Cli.Concepts;

/// <summary>How well a concept's masks cover its object over a training: ViCo figure 19 in numbers.</summary>
/// <param name="Points">By rising step, per image layer the mean intersection over union with the true masks.</param>
internal sealed record MaskCurve(IReadOnlyList<(int Step, IReadOnlyList<LayerOverlap> Layers)> Points)
{
    /// <param name="photos">Each with its true mask; bright is object.</param>
    public static async Task<MaskCurve> MeasureAsync(
        TorchEngine engine, IReadOnlyList<(int Step, StoredFile File)> checkpoints, string placeholder,
        IReadOnlyList<(PhotoFile Photo, PhotoFile Mask)> photos, CancellationToken cancellationToken)
    {
        var fit = ConceptMetadata.Read(checkpoints[^1].File).PhotoFit();
        Picture[] truth = [.. photos.Select(p => MaskOverlap.Square(p.Mask, engine.Info.ImageSize, fit))];
        var points = new List<(int, IReadOnlyList<LayerOverlap>)>();
        foreach (var (step, file) in checkpoints)
        {
            var maps = await engine.AttendAsync(
                new(file, [.. photos.Select(p => p.Photo)], MaskSheet.Caption(placeholder), MaskSheet.Timesteps), cancellationToken);
            points.Add((step, MaskOverlap.ByLayer(truth, maps)));
        }

        return new(points);
    }

    /// <summary>A row per checkpoint, a column per layer.</summary>
    public Table ToTable()
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("IoU after step")
            .AddColumns([.. Layers.Select(layer => $"layer {layer}")]);
        foreach (var (step, layers) in Points)
            table.AddRow([step.ToString(CultureInfo.InvariantCulture),
                .. layers.Select(l => l.IntersectionOverUnion.ToString("0.00", CultureInfo.InvariantCulture))]);
        return table;
    }

    /// <summary>A line per layer, as PNG bytes.</summary>
    public byte[] ToPng(string title) => CurvePlot.Draw(
        title, "training step", "IoU",
        [.. Layers.Select((layer, i) =>
            new Curve($"layer {layer}", [.. Points.Select(p => ((double)p.Step, p.Layers[i].IntersectionOverUnion))]))]);

    private IEnumerable<int> Layers => Points[0].Layers.Select(l => l.Layer);
}
