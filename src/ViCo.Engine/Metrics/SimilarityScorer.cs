using ViCo.Engine.Models.Text;
using ViCo.Engine.Models.Vision;
using ViCo.Pictures;
using ViCo.Text;

namespace ViCo.Engine.Metrics;

/// <summary>
/// Scores pictures with the CLIP and DINO models in a base model's folder (<c>clip/</c>, <c>dino/</c>,
/// <c>tokenizer/</c>). Torch: on a lane only.
/// </summary>
internal sealed class SimilarityScorer : IDisposable
{
    private readonly ClipSide _clip;
    private readonly DinoSide _dino;
    private readonly Device _device;

    private SimilarityScorer(ClipSide clip, DinoSide dino, Device device) => (_clip, _dino, _device) = (clip, dino, device);

    /// <param name="device">Where both models compute.</param>
    /// <exception cref="InvalidDataException">A part is missing or its weights do not fit.</exception>
    public static SimilarityScorer Load(string baseModelFolder, Device device)
    {
        var (clipFolder, dinoFolder) = (Path.Combine(baseModelFolder, "clip"), Path.Combine(baseModelFolder, "dino"));
        var clip = CLIPModel.Load(clipFolder);
        try
        {
            // A CLIP folder of its own vocabulary brings a tokenizer; the toybox's CLIP reads the base model's.
            var tokenizer = File.Exists(Path.Combine(clipFolder, "vocab.json")) ? clipFolder : Path.Combine(baseModelFolder, "tokenizer");
            return new(
                new(ClipTokenizer.Load(tokenizer), clip.to(device),
                    ImagePreprocessing.From(Models.ConfigJson.Read(Path.Combine(clipFolder, "preprocessor_config.json")))),
                new(DinoWeights.Load(dinoFolder).to(device), ImagePreprocessing.OfDino(dinoFolder)), device);
        }
        catch
        {
            clip.Dispose();
            throw;
        }
    }

    /// <summary>Features of pictures that many scores compare with, such as a concept's photos. The caller disposes them.</summary>
    public PictureFeatures Features(IReadOnlyList<Picture> pictures)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return new(
            Unit(_dino.Model.call(_dino.Pixels.Apply(pictures, _device))).DetachFromDisposeScope(),
            Unit(_clip.Model.ImageFeatures(_clip.Pixels.Apply(pictures, _device))).DetachFromDisposeScope());
    }

    /// <param name="prompt">The words the pictures were to show, placeholders replaced: see <see cref="Prompts.WithClassWord"/>.</param>
    public ConceptScores Score(PictureFeatures photos, PictureFeatures pictures, string prompt)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var text = Text(prompt);
        var means = HostRead.Floats(stack(
        [
            photos.Dino.mm(pictures.Dino.t()).mean(), photos.Clip.mm(pictures.Clip.t()).mean(), pictures.Clip.mm(text.t())
                .mean(),
        ]));
        return new(means[0], means[1], means[2]);
    }

    /// <summary>CatVersion's scores.</summary>
    /// <param name="photos">With a mask of the object in each, bright on black.</param>
    /// <param name="pictures">The same of the pictures; whoever found the masks, it should be said beside the scores.</param>
    /// <param name="prompt">As for <see cref="Score"/>.</param>
    public AlignmentScores Align(
        (IReadOnlyList<Picture> Seen, IReadOnlyList<Picture> Masks) photos,
        (IReadOnlyList<Picture> Seen, IReadOnlyList<Picture> Masks) pictures, string prompt)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return AlignmentScores.Of(
            (Clip(photos.Seen, photos.Masks), Clip(pictures.Seen, pictures.Masks)), (Clip(photos.Seen), Clip(pictures.Seen)), Text(prompt));

        Tensor Clip(IReadOnlyList<Picture> some, IReadOnlyList<Picture>? masks = null) =>
            Unit(_clip.Model.ImageFeatures(_clip.Pixels.Apply(some, _device, masks)));
    }

    public void Dispose()
    {
        _clip.Model.Dispose();
        _dino.Model.Dispose();
    }

    private Tensor Text(string prompt)
    {
        var encoded = _clip.Tokenizer.Encode(prompt, new Dictionary<string, int>());
        return Unit(_clip.Model.TextFeatures(NewTensor.Of([.. encoded.Ids], _device).unsqueeze(0), [encoded.EndOfText]));
    }

    private static Tensor Unit(Tensor features) => features / features.norm(1, true, 2);

    private sealed record ClipSide(ClipTokenizer Tokenizer, CLIPModel Model, ImagePreprocessing Pixels);

    private sealed record DinoSide(DinoVisionTransformer Model, ImagePreprocessing Pixels);
}
