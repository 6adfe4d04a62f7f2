using ViCo.Engine;
using ViCo.Engine.Generation;
using ViCo.Pictures;
using ViCo.Pictures.Drawing;

namespace ViCo.Cli.Concepts;

/// <summary>Where a trained concept sees its object: per photo the attention of S★ and the masks made of it (ViCo figures 3 and 18).</summary>
internal static class MaskSheet
{
    /// <summary>Timesteps whose maps are averaged: little, some and half noise on the way.</summary>
    public static readonly IReadOnlyList<int> Timesteps = [1, 200, 400];

    /// <summary>A PNG: a row per photo with the photo, S★'s attention at the last image layer, and each layer's mask.</summary>
    /// <param name="objects">How a caption names each object, such as <c>*</c>, and the photos to look for it in.</param>
    public static async Task<byte[]> DrawAsync(
        TorchEngine engine, string title, ReadOnlyMemory<byte> checkpoint, IReadOnlyList<(string Placeholder, IReadOnlyList<PhotoFile> Photos)> objects,
        CancellationToken cancellationToken)
    {
        var rows = new List<SheetRow>();
        foreach (var (placeholder, photos) in objects.Where(o => o.Photos.Count > 0))
        {
            var maps = await engine.AttendAsync(new(checkpoint, photos, Caption(placeholder), Timesteps), cancellationToken);
            rows.AddRange(photos.Select((photo, i) => Row(engine.Info.ImageSize, photo, placeholder == "*" ? "S*" : placeholder, [.. maps.Where(m => m.Photo == i)])));
        }

        return PictureCodec.EncodePng(ContactSheet.Draw(title, rows));
    }

    /// <summary>A PNG of one photo over a training (ViCo figure 19): a column per checkpoint, and per layer a row of attention and one of masks.</summary>
    public static async Task<byte[]> DrawTrainingAsync(
        TorchEngine engine, string title, IReadOnlyList<(int Step, ReadOnlyMemory<byte> Content)> checkpoints, string placeholder, PhotoFile photo,
        CancellationToken cancellationToken)
    {
        var picture = Square.Fit(Drawing.Decode(photo), engine.Info.ImageSize, SquareFit.Crop);
        var columns = new List<ILookup<int, AttentionMap>>();
        foreach (var (_, content) in checkpoints)
            columns.Add((await engine.AttendAsync(new(content, [photo], Caption(placeholder), Timesteps), cancellationToken)).ToLookup(m => m.Layer));
        var steps = $"after steps {string.Join(", ", checkpoints.Select(c => c.Step))}";
        var rows = columns[0].Select(layer => layer.Key).Order().SelectMany(layer => new SheetRow[]
        {
            new($"layer {layer}: attention {steps}", [.. columns.Select(c => Overlay.Heat(picture, Cells.Mean(c[layer], m => m.Map), c[layer].First().Width, c[layer].First().Height))]),
            new($"layer {layer}: masks", [.. columns.Select(c => MaskOf(picture, c[layer]))]),
        });
        return PictureCodec.EncodePng(ContactSheet.Draw(title, [.. rows], cell: 128));
    }

    private static SheetRow Row(int size, PhotoFile photo, string name, IReadOnlyList<AttentionMap> maps)
    {
        var picture = Square.Fit(Drawing.Decode(photo), size, SquareFit.Crop);
        var layers = maps.GroupBy(m => m.Layer).OrderBy(l => l.Key).ToList();
        var (last, width, height) = (layers[^1], layers[^1].First().Width, layers[^1].First().Height);
        var pictures = new List<Picture> { picture, Overlay.Heat(picture, Cells.Mean(last, m => m.Map), width, height) };
        pictures.AddRange(layers.Select(layer => MaskOf(picture, layer)));
        return new($"{photo.Name}: attention of {name} at layer {last.Key}, then masks at layers {string.Join(", ", layers.Select(l => l.Key))}", pictures);
    }

    private static string Caption(string placeholder) => $"a photo of a {placeholder}";

    /// <summary>A cell belongs to the object where at least half of the timesteps say so.</summary>
    private static Picture MaskOf(Picture picture, IEnumerable<AttentionMap> layer) => Overlay.Mask(
        picture, Cells.Majority(layer, m => m.Mask), layer.First().Width, layer.First().Height);
}
