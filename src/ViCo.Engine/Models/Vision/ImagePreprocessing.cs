using ViCo.Pictures;

namespace ViCo.Engine.Models.Vision;

/// <summary>How a vision model wants its pictures: short side resized as Pillow does, centre cropped, normalised per channel.</summary>
/// <param name="Resize">Short side in pixels.</param>
/// <param name="Crop">Side of the central square in pixels.</param>
/// <param name="Filter">The official pipelines of CLIP and DINO are bicubic.</param>
/// <param name="Mean">Per channel, of values in [0, 1].</param>
internal sealed record ImagePreprocessing(int Resize, int Crop, ResampleFilter Filter, IReadOnlyList<double> Mean,
    IReadOnlyList<double> Std)
{
    private const int PillowBilinear = 2, PillowBicubic = 3;

    /// <summary>DINO's evaluation: 256, then 224, ImageNet's statistics.</summary>
    public static ImagePreprocessing Dino { get; } = new(256, 224, ResampleFilter.Bicubic, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

    /// <summary>Reads a transformers <c>preprocessor_config.json</c>.</summary>
    public static ImagePreprocessing From(ConfigJson json)
    {
        var resize = json.IntOrMember("size", "shortest_edge", "height");
        return new(
            resize, json.Has("crop_size") ? json.IntOrMember("crop_size", "height") : resize,
            json.Int("resample", PillowBicubic) switch
            {
                PillowBilinear => ResampleFilter.Bilinear,
                PillowBicubic => ResampleFilter.Bicubic,
                var other => throw json.Error($"'resample' is {other}; this engine has 2 (bilinear) and 3 (bicubic)."),
            },
            json.Doubles("image_mean"), json.Doubles("image_std"));
    }

    /// <summary>
    /// Of a DINO folder: its <c>preprocessor_config.json</c>, or statistics in its <c>config.json</c>, or the official evaluation's.
    /// </summary>
    public static ImagePreprocessing OfDino(string folder)
    {
        var own = Path.Combine(folder, "preprocessor_config.json");
        if (File.Exists(own)) return From(ConfigJson.Read(own));
        var config = ConfigJson.Read(Path.Combine(folder, "config.json"));
        return config.Has("image_mean")
            ? new(config.Int("image_size"), config.Int("image_size"), ResampleFilter.Bicubic, config.Doubles("image_mean"),
                config.Doubles("image_std"))
            : Dino;
    }

    /// <summary>[B, 3, crop, crop], in the caller's scope.</summary>
    /// <param name="masks">What each picture is to be seen of, the rest black; null: all.</param>
    public Tensor Apply(IReadOnlyList<Picture> pictures, Device device, IReadOnlyList<Picture>? masks = null)
    {
        using var scope = NewDisposeScope();
        return Normalized(Pixels(pictures), masks is null ? null : Pixels(masks).narrow(1, 0, 1)).MoveToOuterDisposeScope();

        Tensor Pixels(IReadOnlyList<Picture> some) =>
            stack([.. some.Select(Cropped).Select(p => NewTensor.Of(p.Rgb, device).view(p.Height, p.Width, 3))])
                .permute(0, 3, 1, 2).to(ScalarType.Float32).Over(255);
    }

    /// <summary>Pixels as the model takes them, in the caller's scope.</summary>
    /// <param name="pixels">[B, 3, crop, crop], 0 to 1.</param>
    /// <param name="masks">[B, 1, crop, crop], 0 to 1: what is multiplied with them first; null: nothing.</param>
    public Tensor Normalized(Tensor pixels, Tensor? masks)
    {
        using var scope = NewDisposeScope();
        var seen = masks is null ? pixels : pixels * masks;
        return ((seen - Channels(Mean)) / Channels(Std)).MoveToOuterDisposeScope();

        Tensor Channels(IReadOnlyList<double> values) => NewTensor.Of([.. values.Select(v => (float)v)], pixels.device).view(1, -1, 1, 1);
    }

    private Picture Cropped(Picture picture) => Square.CropShortSide(picture, Resize, Crop, Filter);
}
