using ViCo.Engine.Metrics;
using ViCo.Engine.Models.Text;
using ViCo.Engine.Models.Vision;
using ViCo.Engine.Tests.Goldens;
using ViCo.Pictures;
using ViCo.Text;

namespace ViCo.Engine.Tests.Metrics;

[Trait("Category", "Golden")]
public sealed class SimilarityScorerTests
{
    private static readonly string Toybox = Repository.PathOf("models", "toybox");

    [Fact]
    public void CLIP_features_of_the_toybox_equal_transformers()
    {
        using var golden = GoldenCase.Open("toybox_pipeline/pipeline");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var clip = CLIPModel.Load(Path.Combine(Toybox, "clip"));
        golden.Check("clip.image", clip.ImageFeatures(golden.Expected("ddim.pixels").AtLeast(-1).AtMost(1)));

        var tokenizer = ClipTokenizer.Load(Path.Combine(Toybox, "tokenizer"));
        TokenizedPrompt[] prompts =
            [.. golden.Json.GetProperty("prompts").EnumerateArray().Select(p => p.GetString()!)
                .Append(golden.Json.GetProperty("negative_prompt").GetString()!).Select(tokenizer.Encode)];
        var ids = stack([.. prompts.Select(p => tensor(p.Ids.ToArray()))]);
        golden.Check("clip.text", clip.TextFeatures(ids, [.. prompts.Select(p => p.EndOfText)]));
    }

    [Fact]
    public void Image_scores_are_means_over_all_pairs_of_photo_and_picture()
    {
        using var scope = NewDisposeScope();
        using var scorer = SimilarityScorer.Load(Toybox, CPU);
        var unit = eye(128);                                                                // CLIP's features are 128 wide
        var photos = new PictureFeatures(Rows([1, 0], [0, 1]), unit.narrow(0, 0, 2));
        var pictures = new PictureFeatures(Rows([1, 0], [0.6f, 0.8f], [0, -1]), unit.narrow(0, 0, 1));
        var scores = scorer.Score(photos, pictures, "a teapot");

        // Pairs of the first photo: 1, 0.6, 0; of the second: 0, 0.8, -1. Neither the best pair (1) nor the best of each picture (0.6).
        Assert.Equal(1.4 / 6, scores.ImageDino, 1e-6);
        Assert.Equal(0.5, scores.ImageClip, 1e-6);

        static Tensor Rows(params float[][] rows) => stack([.. rows.Select(r => tensor(r))]);
    }

    [Fact]
    public void CLIP_scores_of_the_toyboxs_pictures_are_the_cosines_of_transformers_features()
    {
        using var golden = GoldenCase.Open("toybox_pipeline/pipeline");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var scorer = SimilarityScorer.Load(Toybox, CPU);
        var pixels = golden.Expected("ddim.pixels");
        using var first = scorer.Features([ViCo.Engine.Datasets.PhotoTensor.ToPicture(pixels[0])]);
        using var both = scorer.Features([.. Enumerable.Range(0, 2).Select(i => ViCo.Engine.Datasets.PhotoTensor.ToPicture(pixels[i]))]);
        var (image, text) = (Unit(golden.Expected("clip.image")), Unit(golden.Expected("clip.text")));
        var (toImage, toText) = (image[0].matmul(image.t()).mean().item<float>(), image.matmul(text.t()));

        string[] prompts = [.. golden.Json.GetProperty("prompts").EnumerateArray().Select(p => p.GetString()!)];
        foreach (var (i, prompt) in prompts.Index())
        {
            var scores = scorer.Score(first, both, prompt);
            // The pictures are rounded to bytes on their way.
            Assert.Equal(toImage, scores.ImageClip, 2e-3);
            Assert.Equal(toText.select(1, i).mean().item<float>(), scores.TextClip, 2e-3);
        }

        static Tensor Unit(Tensor features) => features / features.norm(1, true, 2);
    }

    [Fact]
    public void Another_photo_of_the_same_object_is_nearer_than_any_other_object()
    {
        using var scope = NewDisposeScope();
        using var scorer = SimilarityScorer.Load(Toybox, CPU);
        var concepts = Directory.GetDirectories(Repository.PathOf("bench", "concepts")).Order(StringComparer.Ordinal).ToArray();
        Assert.True(concepts.Length >= 6);
        using var first = scorer.Features(Photos(concepts[0])[..3]);
        using var again = scorer.Features(Photos(concepts[0])[3..]);
        var same = scorer.Score(first, again, "a photo of a teddy bear");
        Assert.InRange(same.ImageDino, 0.7, 1);
        foreach (var other in concepts[1..])
        {
            using var features = scorer.Features(Photos(other));
            var scores = scorer.Score(first, features, "a photo of a teddy bear");
            Assert.True(scores.ImageDino < same.ImageDino - 0.3, $"{other}: {scores} against {same}");
            Assert.True(scores.TextClip < same.TextClip, $"{other}: {scores} against {same}");
        }
    }

    [Fact]
    public void Scoring_leaves_no_tensor_behind()
    {
        using var scorer = SimilarityScorer.Load(Toybox, CPU);
        var photos = Photos(Directory.GetDirectories(Repository.PathOf("samples"))[0]);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (NewDisposeScope())
        {
            using var features = scorer.Features(photos);
            var self = scorer.Score(features, features, "a teapot");
            Assert.InRange(self.ImageDino, 0.5, 1);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Preprocessing_follows_the_configuration_files()
    {
        using var scope = NewDisposeScope();
        var clip = ImagePreprocessing.From(ViCo.Engine.Models.ConfigJson.Parse("p", """
            {"size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}, "resample": 3,
             "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]}
            """));
        Assert.Equal((224, 224, ResampleFilter.Bicubic), (clip.Resize, clip.Crop, clip.Filter));
        var pixels = clip.Apply([new Picture(300, 400, [.. Enumerable.Repeat((byte)255, 3 * 300 * 400)])], CPU);
        Assert.Equal([1, 3, 224, 224], pixels.shape);
        Assert.Equal((1 - 0.4578275) / 0.26130258, pixels[0, 1, 100, 100].item<float>(), 1e-5);
        Assert.Equal((128, 128),
            (ImagePreprocessing.OfDino(Path.Combine(Toybox, "dino")).Resize, ImagePreprocessing.OfDino(Path.Combine(Toybox, "dino")).Crop));
    }

    [Theory]
    [InlineData("a photo of a *", "a photo of a teapot")]
    [InlineData("a photo of a S* in the snow", "a photo of a teapot in the snow")]
    [InlineData("<my-pot>, floating", "teapot, floating")]
    [InlineData("ALPS*", "ALPSteapot")]
    public void The_placeholder_gives_way_to_the_class_word(string prompt, string wanted)
    {
        Assert.Equal(wanted, Prompts.WithClassWord(prompt, "teapot"));
        Assert.Equal("a photo of a on a beach", Prompts.WithClassWord("a photo of a * on a beach", ""));
    }

    private static Picture[] Photos(string concept) =>
        [.. Directory.GetFiles(Path.Combine(concept, "photos")).Order(StringComparer.Ordinal)
            .Select(p => PictureCodec.Decode(File.ReadAllBytes(p), p))];
}
