using System.Text.Json;
using ViCo.Engine.Metrics;
using ViCo.ToyboxWorld;

namespace ViCo.Engine.Tests.Benchmarks;

/// <summary>The renderer of the world that the toybox was trained on.</summary>
public sealed class ToyboxWorldTests
{
    public static TheoryData<string> Classes() => [.. World.Classes];

    [Fact]
    public void A_scene_is_one_picture_and_another_seed_is_another()
    {
        var (first, again, other) = (Drawn(5), Drawn(5), Drawn(6));
        Assert.Equal(first.Picture.Rgb, again.Picture.Rgb);
        Assert.Equal(first.Mask.Rgb, again.Mask.Rgb);
        Assert.NotEqual(first.Picture.Rgb, other.Picture.Rgb);

        static Render Drawn(ulong seed) => Render.Of(Scene.Draw(new WorldRandom(seed)));
    }

    /// <summary>As the program that trained the base model has it.</summary>
    [Theory]
    [InlineData("teddy bear", "teal", "red", "plain")]
    [InlineData("backpack", "green", "white", "spotted")]
    [InlineData("cat", "teal", "black", "spotted")]
    [InlineData("duck toy", "yellow", "red", "heart")]
    [InlineData("monster toy", "blue", "orange", "star")]
    public void A_combination_that_the_base_model_was_trained_on_is_not_held_out(string objectClass, string first, string second,
        string pattern) => Assert.False(World.IsHeldOut(objectClass, first, second, pattern));

    [Fact]
    public void The_shipped_concepts_are_of_combinations_that_it_was_not_trained_on()
    {
        var concepts = Directory.GetDirectories(Repository.PathOf("bench", "concepts"));
        Assert.NotEmpty(concepts);
        Assert.All(concepts, folder =>
        {
            using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "concept.json")));
            var (root, colours) = (json.RootElement, json.RootElement.GetProperty("colours"));
            Assert.True(World.IsHeldOut(
                root.GetProperty("class").GetString()!, colours[0].GetString()!, colours[1].GetString()!,
                root.GetProperty("pattern").GetString()!), folder);
        });
    }

    [Fact]
    public void About_one_combination_in_eight_is_held_out_and_identities_are_drawn_on_either_side_as_asked()
    {
        var all = (from c in World.Classes from a in World.Colours from b in World.Colours from p in World.Patterns where a != b
            select World.IsHeldOut(c, a, b, p)).ToList();
        Assert.InRange(all.Count(held => held) / (double)all.Count, 0.11, 0.14);
        var random = new WorldRandom(3);
        for (var i = 0; i < 200; i++)
        {
            var held = i % 2 == 0;
            var identity = Identity.Draw(random, heldOut: held);
            Assert.Equal(held, World.IsHeldOut(identity.Class, identity.Colour, identity.Second, identity.Pattern));
        }
    }

    [Fact]
    public void Every_object_stands_in_every_place_with_a_mask_that_holds_it()
    {
        var random = new WorldRandom(11);
        foreach (var place in World.Places.Keys.Append(World.Studio))
        {
            foreach (var objectClass in World.Classes)
            {
                var render = Render.Of(Scene.Draw(random, Identity.Draw(random, objectClass), place));
                Assert.Equal((128, 128), (render.Picture.Width, render.Picture.Height));
                var share = render.Mask.Rgb.Count(b => b == 255) / (double)render.Mask.Rgb.Length;
                Assert.True(share is > 0.12 and < 0.6, $"{objectClass}, {place}: {share:0.00} of the picture");
            }
        }
    }

    /// <summary>The base model's own towers were trained on pictures of the first renderer.</summary>
    [Fact]
    public async Task The_toyboxs_towers_know_classes_and_objects_in_renders_as_they_know_them_in_its_own_pictures()
    {
        await using var lane = await TorchEngine.LoadAsync(Repository.PathOf("models", "toybox"), new() { Niceness = 0 });
        await lane.RunAsync(() =>
        {
            using var scorer = SimilarityScorer.Load(Repository.PathOf("models", "toybox"), CPU);
            var random = new WorldRandom(7);
            var identities = World.Classes.SelectMany(c => Enumerable.Range(0, 6).Select(_ => Identity.Draw(random, c, heldOut: true)))
                .ToList();
            var right = 0;
            var nearest = 0;
            var features = identities.Select(identity => scorer.Features([.. Enumerable.Range(0, 2).Select(_ =>
                Render.Of(Scene.Draw(random, identity)).Picture)])).ToList();
            for (var i = 0; i < identities.Count; i++)
            {
                var told = World.Classes.MaxBy(c => scorer.Score(features[i], features[i], $"a photo of a {c}").TextClip);
                if (told == identities[i].Class) right++;
                var own = Cosine(features[i], 0, features[i], 1);
                if (features.Where((_, k) => k != i).All(other => Cosine(features[i], 0, other, 1) < own)) nearest++;
            }
            features.ForEach(f => f.Dispose());
            Assert.True(right >= 0.85 * identities.Count, $"class right in {right} of {identities.Count}");
            Assert.True(nearest >= 0.85 * identities.Count, $"same object nearest in {nearest} of {identities.Count}");
            return true;
        });

        static float Cosine(PictureFeatures a, int i, PictureFeatures b, int j) => (a.Dino[i] * b.Dino[j]).sum().item<float>();
    }
}
