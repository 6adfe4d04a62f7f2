using System.Globalization;
using System.Text.Json;

namespace ViCo.Engine.Tests.Goldens;

public sealed class RecipeTests
{
    [Fact]
    public void Hash_of_known_strings_is_the_published_one()
    {
        Assert.Equal(0xcbf29ce484222325, Recipe.Hash(""));
        Assert.Equal(0xaf63dc4c8601ec8c, Recipe.Hash("a"));
        Assert.Equal(0xb7ba50c47998c52b, Recipe.Hash("1/conv_in.weight"));
    }

    [Fact]
    public void Every_sample_of_check_recipe_is_reproduced_bit_by_bit()
    {
        using var scope = NewDisposeScope();
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(GoldenCase.Own, "check_recipe.json")));
        var samples = json.RootElement.GetProperty("samples").EnumerateArray().ToList();
        Assert.Equal(20, samples.Count);
        foreach (var s in samples)
        {
            var key = s.GetProperty("key").GetString()!;
            var seed = s.GetProperty("seed").GetInt64();
            var index = s.GetProperty("flat_index").GetInt64();
            long[] shape = [.. s.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64())];
            var hash = Recipe.Hash($"{seed}/{key}");
            var z = Recipe.State(hash, index);
            Assert.Equal(Hex(s, "hash"), hash);
            Assert.Equal(Hex(s, "z"), z);
            Assert.Equal(s.GetProperty("v").GetDouble(), Recipe.Unit(z));

            var whole = s.GetProperty("kind").GetString() == "input"
                ? Recipe.Input(key, shape, seed, s.GetProperty("scale").GetDouble())
                : Recipe.Parameter(key, shape, seed);
            Assert.Equal((float)s.GetProperty("value").GetDouble(), whole.view(-1)[index].item<float>());
        }
    }

    [Theory]
    [InlineData("unet_keys")]
    [InlineData("vae_keys")]
    public void Sums_of_every_parameter_agree_with_the_key_lists(string list)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(GoldenCase.Own, "keys", $"{list}.json")));
        var seed = json.RootElement.GetProperty("seed").GetInt64();
        var count = 0;
        foreach (var t in json.RootElement.GetProperty("tensors").EnumerateArray())
        {
            using var scope = NewDisposeScope();
            long[] shape = [.. t.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64())];
            var values = Recipe.Parameter(t.GetProperty("key").GetString()!, shape, seed).to(float64);
            var absSum = t.GetProperty("abs_sum").GetDouble();
            Assert.Equal(t.GetProperty("sum").GetDouble(), values.sum().item<double>(), 1e-8 * Math.Max(1, absSum));
            Assert.Equal(absSum, values.abs().sum().item<double>(), 1e-8 * Math.Max(1, absSum));
            count++;
        }

        Assert.Equal(json.RootElement.GetProperty("count").GetInt32(), count);
    }

    [Fact]
    public void Inputs_made_from_their_recipe_equal_the_stored_ones()
    {
        var compared = 0;
        foreach (var folder in Directory.EnumerateDirectories(GoldenCase.Root).Select(d => Path.GetFileName(d)!))
        {
            foreach (var name in GoldenCase.Names(folder))
            {
                using var golden = GoldenCase.Open(name);
                foreach (var input in golden.InputNames)
                {
                    using var scope = NewDisposeScope();
                    if (golden.InputFromRecipe(input) is not { } made)
                        continue;
                    var stored = golden.Input(input);
                    Assert.True(made.shape.SequenceEqual(stored.shape) && made.equal(stored).all().item<bool>(), $"{name}: {input}");
                    compared++;
                }
            }
        }

        Assert.True(GoldenCase.Root != GoldenCase.Own || compared > 100, $"only {compared} inputs were compared");
    }

    private static ulong Hex(JsonElement sample, string name) =>
        ulong.Parse(sample.GetProperty(name).GetString()!.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
