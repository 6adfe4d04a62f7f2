using ViCo.Engine.Checkpoints.Pickle;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.TextualInversion;
using ViCo.Engine.Methods.VisualCondition;
using ViCo.Engine.Tests.Goldens;

namespace ViCo.Engine.Tests.Methods;

/// <summary>Concepts of other programs: read as they wrote them, written as they read them.</summary>
public sealed class ConceptFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-concepts").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Upstreams_two_files_are_one_concept_of_50_steps()
    {
        using var concept = ConceptImport.Read(
            [Golden("checkpoints_tiny", "embeddings_gs-49.pt"), Golden("checkpoints_tiny", "cross_attention-49.pt")]);
        Assert.Equal(50, concept.Step);
        Assert.Equal("*", concept.Placeholder);
        Assert.Equal(80, concept.Others.Count);
        using var scope = NewDisposeScope();
        AssertSame(Recipe.Input("param/placeholder_embedding", [1, 768], 1, 0.5), concept.Word);
        foreach (var (name, tensor) in concept.Others)
            AssertSame(Recipe.Parameter(name, tensor.shape, 1), tensor);
    }

    public static TheoryData<string, string?> TextualInversionFiles() => new()
    {
        { "learned_embeds.safetensors", "<cat-toy>" },
        { "learned_embeds.bin", "<cat-toy>" },
        { "a1111.pt", "golden-toy" },
        { "a1111_parameter.pt", "golden-toy" },
        { "raw.pt", null },
        { "emb_params.safetensors", null },
    };

    [Theory]
    [MemberData(nameof(TextualInversionFiles))]
    public void Textual_inversion_files_hold_the_trained_vectors(string name, string? placeholder)
    {
        using var golden = GoldenCase.Open("textual_inversion_tiny/vectors3");
        using var concept = ConceptImport.Read([GoldenCase.PathOf("textual_inversion_tiny", "files", name)]);
        Assert.Equal(placeholder, concept.Placeholder);
        Assert.Empty(concept.Others);
        using var scope = NewDisposeScope();
        AssertSame(golden.Expected("after.2"), concept.Word);
    }

    [Fact]
    public void One_vector_stored_without_its_first_dimension_is_one_vector()
    {
        using var golden = GoldenCase.Open("textual_inversion_tiny/vectors1");
        using var concept = ConceptImport.Read([GoldenCase.PathOf("textual_inversion_tiny", "files", "learned_embeds_1d.bin")]);
        using var scope = NewDisposeScope();
        AssertSame(golden.Expected("after.2").view(1, -1), concept.Word);
    }

    [Theory]
    [InlineData("cross_attention-0.pt", 1)]
    [InlineData("embeddings_gs-399.pt", 400)]
    [InlineData("learned_embeds-steps-500.bin", 500)]
    [InlineData("learned_embeds-steps-500.safetensors", 500)]
    [InlineData("embeddings.pt", null)]
    public void A_files_name_tells_completed_steps(string name, int? steps) =>
        Assert.Equal(steps, ConceptImport.StepOf($"/somewhere/{name}"));

    [Fact]
    public void What_is_written_for_upstream_and_diffusers_is_read_back_bit_for_bit()
    {
        using var concept = ConceptImport.Read(
            [Golden("checkpoints_tiny", "embeddings_gs-49.pt"), Golden("checkpoints_tiny", "cross_attention-49.pt")]);
        Assert.Equal("49", OfficialFiles.StepNumber(concept.Step!.Value));
        var (blocks, embeddings) = (Path.Combine(_folder, "cross_attention-49.pt"), Path.Combine(_folder, "embeddings_gs-49.pt"));
        Write(blocks, s => OfficialFiles.WriteBlocks(s, concept));
        Write(embeddings, s => StringToParam.WriteEmbeddings(s, concept));
        using (var again = ConceptImport.Read([blocks, embeddings]))
        {
            Assert.Equal((50, "*"), (again.Step, again.Placeholder));
            AssertSameConcept(concept, again);
        }

        var (bin, safetensors) =
            (Path.Combine(_folder, "learned_embeds-steps-50.bin"), Path.Combine(_folder, "learned_embeds.safetensors"));
        Write(bin, s => DiffusersFile.WriteBin(s, concept, "<toy>"));
        Write(safetensors, s => DiffusersFile.WriteSafetensors(s, concept, "<toy>"));
        foreach (var path in new[] { bin, safetensors })
        {
            using var again = ConceptImport.Read([path]);
            Assert.Equal("<toy>", again.Placeholder);
            AssertSame(concept.Word, again.Word);
        }
    }

    [Fact]
    public void Upstreams_embedding_is_written_with_the_state_that_PyTorch_pickles()
    {
        using var concept = ConceptImport.Read([Golden("checkpoints_tiny", "embeddings_gs-49.pt")]);
        var path = Path.Combine(_folder, "e.pt");
        Write(path, s => StringToParam.WriteEmbeddings(s, concept));
        using var ours = TorchFile.Open(path);
        using var theirs = TorchFile.Open(Golden("checkpoints_tiny", "embeddings_gs-49.pt"));
        Assert.Equal(Describe(theirs.Root), Describe(ours.Root));
    }

    [Fact]
    public void Every_type_of_number_survives_writing_and_reading()
    {
        using var scope = NewDisposeScope();
        using var golden = TorchFile.Open(Golden("checkpoints_tiny", "mixed_zip.pt"));
        var dict = new PickleDict();
        foreach (var name in golden.Names)
            dict.Set(name, golden.LoadAsStored(name));
        dict.Set("values",
            new PickleTuple([null, true, false, 0L, 255L, 65535L, -1L, 1L << 40, 2.5, "ä★", new PickleList { Items = [1L] }]));
        var bytes = TorchFileWriter.ToBytes(dict);
        Assert.Equal(bytes, TorchFileWriter.ToBytes(dict));
        using var again = TorchFile.FromBytes(bytes, "again");
        Assert.Equal(golden.Names, again.Names);
        foreach (var name in golden.Names)
        {
            Assert.Equal(golden.Info(name).ToString(), again.Info(name).ToString());
            AssertSame(golden.LoadAsStored(name), again.LoadAsStored(name));
        }

        Assert.True(((PickleDict)again.Root!).TryGet("values", out var values));
        Assert.Equal("(null,True,False,0,255,65535,-1,1099511627776,2.5,ä★,[1])", Describe(values));
    }

    [Fact]
    public void What_is_no_concept_is_refused_by_name_and_reason()
    {
        Refused("no embedding", Golden("checkpoints_tiny", "cross_attention-49.pt"));
        Refused("a second embedding", Golden("checkpoints_tiny", "embeddings_gs-49.pt"),
            Golden("textual_inversion_tiny", "files", "raw.pt"));
        Refused("it holds 14 tensors", Golden("checkpoints_tiny", "mixed_zip.pt"));
        Refused("is in another of the files too", Golden("checkpoints_tiny", "cross_attention-49.pt"),
            Golden("checkpoints_tiny", "cross_attention-49.pt"));
        var text = Path.Combine(_folder, "text.pt");
        File.WriteAllText(text, "these are no weights at all");
        Refused("Safetensors file", text);
    }

    [Fact]
    public void Importing_leaves_only_the_concepts_own_tensors()
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var concept =
            ConceptImport.Read([Golden("checkpoints_tiny", "embeddings_gs-49.pt"), Golden("checkpoints_tiny", "cross_attention-49.pt")]))
            Assert.Equal(before + 81, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static void Refused(string reason, params string[] paths) =>
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => ConceptImport.Read(paths)).Message, StringComparison.Ordinal);

    private static void AssertSameConcept(ConceptWeights expected, ConceptWeights actual)
    {
        AssertSame(expected.Word, actual.Word);
        Assert.Equal(expected.Others.Keys, actual.Others.Keys);
        foreach (var (name, tensor) in expected.Others)
            AssertSame(tensor, actual.Others[name]);
    }

    private static void AssertSame(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.Equal(expected.dtype, actual.dtype);
        Assert.True(expected.eq(actual).all().item<bool>());
    }

    /// <summary>A value's structure without what may differ: storages and their keys.</summary>
    private static string Describe(object? value) => value switch
    {
        PickleTensor tensor => tensor.ToString(),
        PickleTuple tuple => $"({string.Join(',', tuple.Items.Select(Describe))})",
        PickleList list => $"[{string.Join(',', list.Items.Select(Describe))}]",
        PickleDict dict => $"{(dict.IsOrdered ? "Ordered" : "")}{{"
            + string.Join(',', dict.Entries.Select(e => $"{Describe(e.Key)}:{Describe(e.Value)}")) + "}",
        PickleObject item => $"{item.ClassName}{Describe(item.Arguments)}{Describe(item.State)}",
        null => "null",
        _ => FormattableString.Invariant($"{value}"),
    };

    private static void Write(string path, Action<Stream> write)
    {
        using var file = File.Create(path);
        write(file);
    }

    private static string Golden(params string[] parts) => Path.Combine([GoldenCase.Own, .. parts]);
}
