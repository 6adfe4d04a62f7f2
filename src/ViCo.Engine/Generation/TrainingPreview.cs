using ViCo.Engine.Diffusion;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Generation;

/// <summary>What a concept that is being trained looks like now.</summary>
internal sealed class TrainingPreview(BaseModel model, OptionCatalog catalog, BoundedDrawing drawing)
{
    private static readonly long[] Seeds = [1, 2];

    /// <summary>
    /// A PNG: two pictures of each object side by side from fixed seeds, in half the usual steps, enough to see the concept come.
    /// </summary>
    /// <param name="references">One per object.</param>
    public byte[] Of(Concept concept, IReadOnlyList<Picture> references, CancellationToken cancellationToken)
    {
        var usual = new GenerationRequest(null, [], "", Seeds).OptionsOver(model.Defaults.Sampling, catalog);
        var half = usual.With(SamplingOption.SamplingSteps, Math.Max(usual.Get(SamplingOption.SamplingSteps) / 2, 1));
        var pictures = references.SelectMany((reference, k) => drawing.Draw(
            [new Drawing(concept, new($"a photo of a {PlaceholderForms.Of(k, references.Count)}", "", [reference], [k], Seeds, half))],
            cancellationToken).Pictures[0]);
        return PictureCodec.EncodePng(SideBySide([.. pictures]));
    }

    private static Picture SideBySide(IReadOnlyList<Picture> pictures)
    {
        var (width, height) = (pictures.Sum(p => p.Width), pictures[0].Height);
        var rgb = new byte[3 * width * height];
        var left = 0;
        foreach (var picture in pictures)
        {
            for (var y = 0; y < height; y++)
                picture.Rgb.AsSpan(3 * y * picture.Width, 3 * picture.Width).CopyTo(rgb.AsSpan(3 * (y * width + left)));
            left += picture.Width;
        }
        return new(width, height, rgb);
    }
}
