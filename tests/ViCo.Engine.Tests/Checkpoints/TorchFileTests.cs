using System.Text.Json;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Checkpoints.Pickle;
using ViCo.Engine.Tests.Goldens;

namespace ViCo.Engine.Tests.Checkpoints;

/// <summary>Files written by PyTorch, read as it reads them.</summary>
[GoldenSet("checkpoints_tiny")]
[Trait("Category", "Golden")]
public sealed class TorchFileTests
{
    [Theory]
    [InlineData("mixed_zip.pt")]
    [InlineData("mixed_legacy.pt")]
    public void Types_views_scalars_and_nested_values_are_what_was_saved(string name)
    {
        using var scope = NewDisposeScope();
        using var file = TorchFile.Open(Golden(name));
        using var expected = SafetensorsFile.Open(Golden("mixed_expected.safetensors"));
        var types = GoldenCase.ReadJson("checkpoints_tiny/checkpoints.json").GetProperty("types");

        Assert.Equal(types.EnumerateObject().Select(t => t.Name).Order(StringComparer.Ordinal), file.Names);
        foreach (var type in types.EnumerateObject())
        {
            var read = file.LoadAsStored(type.Name);
            Assert.Equal(type.Value[0].GetString(), TorchName(read.dtype));
            Assert.Equal(type.Value[1].EnumerateArray().Select(d => d.GetInt64()), read.shape);
            Assert.True(read.is_contiguous(), type.Name);
            AssertSame(expected.LoadAsStored(expected.Names.Single(n => n == type.Name || n == $"state_dict.{type.Name}")), read,
                type.Name);
        }

        var root = Assert.IsType<PickleDict>(file.Root);
        Assert.Equal(3L, Value(root, "epoch"));
        Assert.Equal(49L, Value(root, "global_step"));
        var nested = Assert.IsType<PickleDict>(Value(root, "nested"));
        Assert.Equal([1L, 2.5, null, true, "text"], Assert.IsType<PickleList>(Value(nested, "a")).Items);
        Assert.Equal([1L, 2L], Assert.IsType<PickleTuple>(Value(nested, "b")).Items);
        AssertSame(expected.LoadAsStored("param"), file.Load(Assert.IsType<PickleTensor>(Value(root, "param"))), "param");
    }

    [Fact]
    public void Upstreams_image_blocks_hold_the_recipes_numbers_under_the_recipes_names()
    {
        using var scope = NewDisposeScope();
        using var file = TorchFile.Open(Golden("cross_attention-49.pt"));
        Assert.Equal(0, file.Names.Count % 20);
        Assert.NotEmpty(file.Names);
        foreach (var name in file.Names)
            AssertSame(Recipe.Parameter(name, [.. file.Info(name).Shape], Seed), file.LoadAsStored(name), name);
    }

    [Fact]
    public void A_legacy_file_of_half_precision_holds_the_recipes_numbers_rounded()
    {
        using var scope = NewDisposeScope();
        using var file = TorchFile.Open(Golden("cross_attention_half_legacy.pt"));
        Assert.NotEmpty(file.Names);
        foreach (var name in file.Names)
        {
            Assert.Equal(ScalarType.Float16, file.Info(name).DType);
            AssertSame(Recipe.Parameter(name, [.. file.Info(name).Shape], Seed).to(float16), file.LoadAsStored(name), name);
        }
    }

    [Fact]
    public void Upstreams_embedding_is_a_pickled_module_whose_state_is_read_as_data()
    {
        using var scope = NewDisposeScope();
        using var file = TorchFile.Open(Golden("embeddings_gs-49.pt"));
        var root = Assert.IsType<PickleDict>(file.Root);
        var token = Assert.IsType<PickleTensor>(Value(Assert.IsType<PickleDict>(Value(root, "string_to_token")), "*"));
        // A 0-d view into the row of token ids: element 1 of 77.
        Assert.Equal((1L, 77L), (token.Offset, token.Storage.Elements));
        Assert.Equal(265L, file.Load(token).item<long>());         // * in CLIP's vocabulary

        var parameters = Assert.IsType<PickleObject>(Value(root, "string_to_param"));
        Assert.Equal("torch.nn.modules.container.ParameterDict", parameters.ClassName);
        var state = Assert.IsType<PickleDict>(Value(Assert.IsType<PickleDict>(parameters.State), "_parameters"));
        var parameter = Assert.IsType<PickleTensor>(Value(state, "*"));
        AssertSame(Recipe.Input("param/placeholder_embedding", parameter.Shape, Seed, 0.5), file.Load(parameter), "*");
    }

    [Theory]
    [InlineData("embeddings_gs-49.pt")]
    [InlineData("mixed_zip.pt")]
    [InlineData("mixed_legacy.pt")]
    [InlineData("cross_attention_half_legacy.pt")]
    public void Every_truncation_is_refused(string name)
    {
        var whole = File.ReadAllBytes(Path.Combine(GoldenCase.Own, "checkpoints_tiny", name));
        for (var length = 0; length < whole.Length; length++)
            Assert.Throws<InvalidDataException>(() => TorchFile.FromBytes(whole.AsMemory(0, length), "cut"));
    }

    [Fact]
    public void Reading_leaves_no_tensor_behind()
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (NewDisposeScope())
        using (var file = TorchFile.Open(Golden("mixed_zip.pt")))
        {
            foreach (var name in file.Names)
                file.LoadAsStored(name);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    /// <summary>The seed of this set's recipes, as its cases state it.</summary>
    private static long Seed { get; } = Directory.EnumerateFiles(GoldenCase.Root, "*.json", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal)
        .Select(path => GoldenCase.ReadJson(Path.GetRelativePath(GoldenCase.Root, path)))
        .Where(json => json.ValueKind == JsonValueKind.Object && json.TryGetProperty("seed", out var seed)
            && seed.ValueKind == JsonValueKind.Number)
        .Select(json => json.GetProperty("seed").GetInt64())
        .FirstOrDefault(1);

    private static string Golden(string name) => GoldenCase.PathOf("checkpoints_tiny", name);

    private static object? Value(PickleDict dict, string key)
    {
        Assert.True(dict.TryGet(key, out var value), $"no '{key}' among {string.Join(", ", dict.Entries.Select(e => e.Key))}");
        return value;
    }

    // In a common type: the goldens widen what safetensors' writer of the time could not hold.
    private static void AssertSame(Tensor expected, Tensor actual, string what)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(expected.to(float64).eq(actual.to(float64)).all().item<bool>(), what);
    }

    private static string TorchName(ScalarType type) => type switch
    {
        ScalarType.Byte => "torch.uint8",
        _ => $"torch.{type.ToString().ToLowerInvariant()}",
    };
}
