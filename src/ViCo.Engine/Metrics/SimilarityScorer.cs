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
    private readonly ClipTokenizer _tokenizer;
    private readonly CLIPModel _clip;
    private readonly DinoVisionTransformer _dino;
    private readonly ImagePreprocessing _clipPixels, _dinoPixels;

    private readonly Device _device;

    private SimilarityScorer(
        ClipTokenizer tokenizer, CLIPModel clip, ImagePreprocessing clipPixels, DinoVisionTransformer dino, ImagePreprocessing dinoPixels,
        Device device) =>
        (_tokenizer, _clip, _clipPixels, _dino, _dinoPixels, _device) = (tokenizer, clip, clipPixels, dino, dinoPixels, device);

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
                ClipTokenizer.Load(tokenizer), clip.to(device),
                ImagePreprocessing.From(Models.ConfigJson.Read(Path.Combine(clipFolder, "preprocessor_config.json"))),
                DinoWeights.Load(dinoFolder).to(device), ImagePreprocessing.OfDino(dinoFolder), device);
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
            Unit(_dino.call(_dinoPixels.Apply(pictures, _device))).DetachFromDisposeScope(),
            Unit(_clip.ImageFeatures(_clipPixels.Apply(pictures, _device))).DetachFromDisposeScope());
    }

    /// <param name="prompt">The words the pictures were to show, placeholders replaced: see <see cref="Prompts.WithClassWord"/>.</param>
    public ConceptScores Score(PictureFeatures photos, PictureFeatures pictures, string prompt)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var encoded = _tokenizer.Encode(prompt, new Dictionary<string, int>());
        var text = Unit(_clip.TextFeatures(NewTensor.Of([.. encoded.Ids], _device).unsqueeze(0), [encoded.EndOfText]));
        var means = HostRead.Floats(stack(
        [
            photos.Dino.matmul(pictures.Dino.t()).mean(), photos.Clip.matmul(pictures.Clip.t()).mean(), pictures.Clip.matmul(text.t())
                .mean(),
        ]));
        return new(means[0], means[1], means[2]);
    }

    public void Dispose()
    {
        _clip.Dispose();
        _dino.Dispose();
    }

    private static Tensor Unit(Tensor features) => features / features.norm(1, true, 2);
}

/// <summary>Unit vectors of pictures, one row each. Owns its tensors.</summary>
internal sealed record PictureFeatures(Tensor Dino, Tensor Clip) : IDisposable
{
    public void Dispose()
    {
        Dino.Dispose();
        Clip.Dispose();
    }
}
