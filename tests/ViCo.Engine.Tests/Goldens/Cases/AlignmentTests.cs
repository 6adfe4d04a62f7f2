using ViCo.Engine.Metrics;
using ViCo.Engine.Models.Vision;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("catversion_tiny")]
public sealed class AlignmentTests
{
    [Fact]
    public void Masked_photos_and_pictures_give_the_stored_features_pairs_and_scores()
    {
        using var golden = GoldenCase.Open("catversion_tiny/metric");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var c = golden.Config;
        var (textWidth, visionWidth) = (GoldenNetworks.Int(c, "transformer_width"), GoldenNetworks.Int(c, "vision_width"));
        using var model = new CLIPModel(new(
            new(
                GoldenNetworks.Int(c, "vocab_size"), textWidth, GoldenNetworks.Int(c, "transformer_layers"),
                GoldenNetworks.Int(c, "transformer_heads"), 4 * textWidth, GoldenNetworks.Int(c, "context_length"), 1e-5, QuickGelu: true),
            new(new(visionWidth, GoldenNetworks.Int(c, "vision_layers"), GoldenNetworks.Int(c, "vision_heads"), 4 * visionWidth, 1e-5, true,
                Causal: false),
                GoldenNetworks.Int(c, "image_resolution"), GoldenNetworks.Int(c, "vision_patch_size")),
            GoldenNetworks.Int(c, "embed_dim")));
        GoldenNetworks.Fill(model, golden);
        var side = GoldenNetworks.Int(c, "image_resolution");
        var pixels = new ImagePreprocessing(side, side, ResampleFilter.Bicubic, Doubles("mean"), Doubles("std"));

        // Stored inputs lie around zero: value + 0.5 is a pixel.
        var (real, generated) = (golden.Input("real").Plus(0.5), golden.Input("generated").Plus(0.5));
        var masked = (Photos: Features(real, golden.Input("mask_real")), Pictures: Features(generated, golden.Input("mask_generated")));
        var whole = (Photos: Features(real), Pictures: Features(generated));
        var ids = golden.Input("text_ids");
        var text = Unit(model.TextFeatures(ids, [.. ids.argmax(1).data<long>().Select(i => (int)i)]));
        golden.Check("features.real_masked", masked.Photos);
        golden.Check("features.generated_masked", masked.Pictures);
        golden.Check("features.real", whole.Photos);
        golden.Check("features.generated", whole.Pictures);
        golden.Check("features.text", text);
        golden.Check("pairs_masked", masked.Photos.mm(masked.Pictures.t()));
        var scores = AlignmentScores.Of(masked, whole, text);
        golden.Check("scores", tensor([(float)scores.MaskedImage, (float)scores.Image, (float)scores.Text, (float)scores.Overall]));
        Assert.Equal(0, (scores with { Text = -0.1 }).Overall);

        Tensor Features(Tensor some, Tensor? masks = null) => Unit(model.ImageFeatures(pixels.Normalized(some, masks)));

        double[] Doubles(string name) => [.. c.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];

        static Tensor Unit(Tensor features) => features / features.norm(1, true, 2);
    }
}
