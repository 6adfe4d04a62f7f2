using ViCo.Cli.Plots;
using ViCo.Engine;
using ViCo.Engine.Generation;
using ViCo.Engine.Methods;
using ViCo.Pictures;
using ViCo.Pictures.Drawing;

namespace ViCo.Cli.Concepts;

/// <summary>
/// Where a trained concept sees its object: per photo the attention of S★ and the masks made of it (ViCo figures 3 and 18).
/// </summary>
/// <param name="Png">The drawing.</param>
/// <param name="Npz">The maps and masks behind it, see <see cref="AttentionArrays.OfRows"/>.</param>
internal sealed record MaskSheet(byte[] Png, byte[] Npz)
{
    /// <summary>Timesteps whose maps are averaged: little, some and half noise on the way.</summary>
    public static readonly IReadOnlyList<int> Timesteps = [1, 200, 400];

    /// <summary>A row per photo with the photo, S★'s attention at the last image layer, and each layer's mask.</summary>
    /// <param name="objects">How a caption names each object, such as <c>*</c>, and the photos to look for it in.</param>
    public static async Task<MaskSheet> DrawAsync(
        TorchEngine engine, string title, StoredFile checkpoint,
        IReadOnlyList<(string Placeholder, IReadOnlyList<PhotoFile> Photos)> objects,
        CancellationToken cancellationToken)
    {
        var fit = ConceptMetadata.Read(checkpoint).PhotoFit();
        var (rows, seen) = (new List<SheetRow>(), new List<IEnumerable<AttentionMap>>());
        foreach (var (placeholder, photos) in objects.Where(o => o.Photos.Count > 0))
        {
            var maps = (await engine.AttendAsync(new(checkpoint, photos, Caption(placeholder), Timesteps), cancellationToken))
                .GroupBy(m => m.Photo).ToList();
            rows.AddRange(photos.Zip(maps, (photo, of) => Row(
                photo.Name, Square.Fit(Pages.Decode(photo), engine.Info.ImageSize, fit), placeholder == "*" ? "S*" : placeholder, of)));
            seen.AddRange(maps);
        }

        return new(ContactSheet.Draw(title, rows), AttentionArrays.OfRows(seen));
    }

    /// <summary>
    /// One photo over a training (ViCo figure 19): a column per checkpoint, and per layer a row of attention and one of masks.
    /// </summary>
    /// <param name="looked">How a caption names the object, and the photo to look for it in.</param>
    public static async Task<MaskSheet> DrawTrainingAsync(
        TorchEngine engine, string title, IReadOnlyList<(int Step, StoredFile File)> checkpoints,
        (string Placeholder, PhotoFile Photo) looked,
        CancellationToken cancellationToken)
    {
        var (placeholder, photo) = looked;
        var picture = Square.Fit(Pages.Decode(photo), engine.Info.ImageSize, ConceptMetadata.Read(checkpoints[^1].File).PhotoFit());
        var columns = new List<ILookup<int, AttentionMap>>();
        foreach (var (_, file) in checkpoints)
            columns.Add((await engine.AttendAsync(new(file, [photo], Caption(placeholder), Timesteps), cancellationToken))
                .ToLookup(m => m.Layer));
        var steps = $"after steps {string.Join(", ", checkpoints.Select(c => c.Step))}";
        var rows = columns[0].Select(layer => layer.Key).Order().SelectMany(layer => new SheetRow[]
        {
            new($"layer {layer}: attention {steps}",
                [.. columns.Select(c =>
                Overlay.Heat(picture, Cells.Mean(c[layer], m => m.Map), c[layer].First().Width, c[layer].First().Height))]),
            new($"layer {layer}: masks", [.. columns.Select(c => MaskOf(picture, c[layer]))]),
        });
        return new(
            ContactSheet.Draw(title, [.. rows], cell: 128),
            AttentionArrays.OfRows(
                [.. columns.Select(c => c.SelectMany(layer => layer))],
                NumpyArray.Of<int>("checkpoint", [checkpoints.Count], [.. checkpoints.Select(c => c.Step)])));
    }

    private static SheetRow Row(string photo, Picture picture, string name, IEnumerable<AttentionMap> maps)
    {
        var layers = maps.GroupBy(m => m.Layer).OrderBy(l => l.Key).ToList();
        var (last, width, height) = (layers[^1], layers[^1].First().Width, layers[^1].First().Height);
        var pictures = new List<Picture> { picture, Overlay.Heat(picture, Cells.Mean(last, m => m.Map), width, height) };
        pictures.AddRange(layers.Select(layer => MaskOf(picture, layer)));
        return new($"{photo}: attention of {name} at layer {last.Key}, then masks at layers {string.Join(", ", layers.Select(l => l.Key))}",
            pictures);
    }

    /// <summary>What the maps are read from.</summary>
    public static string Caption(string placeholder) => $"a photo of a {placeholder}";

    /// <summary>A cell belongs to the object where at least half of the timesteps say so.</summary>
    private static Picture MaskOf(Picture picture, IEnumerable<AttentionMap> layer) => Overlay.Mask(
        picture, Cells.Majority(layer, m => m.Mask), layer.First().Width, layer.First().Height);
}
