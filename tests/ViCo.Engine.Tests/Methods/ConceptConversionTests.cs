using ViCo.Engine.Checkpoints;
using ViCo.Engine.Checkpoints.Pickle;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Methods.TextualInversion;
using ViCo.Engine.Methods.VisualCondition;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Tests.Goldens;
using ViCo.Options;

namespace ViCo.Engine.Tests.Methods;

/// <summary>Concepts that fit beside the toybox, from every program's files to every other's.</summary>
public sealed class ConceptConversionTests : IDisposable
{
    private const int Width = 128;

    private static readonly string Toybox = Repository.PathOf("models", "toybox");

    private readonly string _folder = Directory.CreateTempSubdirectory("vico-convert").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static (byte[] Content, ConceptMetadata Metadata) Import(IReadOnlyList<string> files, string model, string word = "object",
        bool half = false)
    {
        (byte[], ConceptMetadata)? imported = null;
        ConceptConversion.Import(files, model, word, (metadata, write) => imported = (Written.By(write), metadata), half);
        return imported!.Value;
    }

    [Fact]
    public void Upstreams_files_become_ours_which_the_engine_loads_and_go_back_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        var files = Upstream(Blocks(), rand(1, Width), step: 400);
        var (content, metadata) = Import(files, Toybox, "teapot");
        Assert.Equal((400, "teapot", "vico", "toybox"), (metadata.Step, metadata.InitWord, metadata.Method, metadata.BaseModel));

        using var model = BaseModel.Load(Toybox, CPU);
        using var loaded = Concept.Load(model, KnownMethods.All, content.Stored("imported"));
        using var before = ConceptImport.Read(files);
        Assert.Equal(81, loaded.NamedTensors().Count());
        Assert.All(before.Named(), t =>
            Assert.True(t.Value.eq(loaded.NamedTensors().Single(l => l.Name == t.Key).Parameter).all().item<bool>(), t.Key));
        // The official code squashes photos to squares, and so its references.
        Assert.Equal("squash", loaded.Options.Get(TrainingOption.Resize));

        var ours = InFolder("concept.safetensors");
        File.WriteAllBytes(ours, content);
        var written = ConceptConversion.Export([ours], "upstream", InFolder("out"));
        Assert.Equal(["cross_attention-399.pt", "embeddings_gs-399.pt"], written.Select(p => Path.GetFileName(p)));
        using var after = ConceptImport.Read(written);
        AssertSame(before, after);
    }

    [Fact]
    public void Every_programs_embedding_becomes_every_others_and_keeps_its_word()
    {
        using var scope = NewDisposeScope();
        var vector = rand(1, Width);
        var start = InFolder("learned_embeds-steps-500.bin");
        using (var file = File.Create(start))
            DiffusersFile.WriteBin(file, new(vector, new Dictionary<string, Tensor>(), null, null), "<toy>");

        ConceptConversion.Export([start], "diffusers", InFolder("learned_embeds.safetensors"));
        ConceptConversion.Export([InFolder("learned_embeds.safetensors")], "webui", InFolder("my-toy.pt"));
        ConceptConversion.Export([InFolder("my-toy.pt")], "diffusers", InFolder("from-webui.bin"));
        ConceptConversion.Export([InFolder("my-toy.pt")], "diffusers", InFolder("named.bin"), "<named>");
        var (content, metadata) = Import([start], Toybox);
        Assert.Equal((500, "textual-inversion"), (metadata.Step, metadata.Method));
        File.WriteAllBytes(InFolder("ours.safetensors"), content);
        ConceptConversion.Export([InFolder("ours.safetensors")], "webui", InFolder("from-ours.pt"));
        ConceptConversion.Export([InFolder("ours.safetensors")], "diffusers", InFolder("from-ours.bin"));

        foreach (var (file, word, step) in new[]
        {
            ("learned_embeds.safetensors", "<toy>", (int?)null), ("my-toy.pt", "my-toy", null), ("from-webui.bin", "my-toy", null),
            ("named.bin", "<named>", null),
            ("from-ours.pt", "from-ours", 500), ("from-ours.bin", "<concept>", null),
        })
        {
            using var concept = ConceptImport.Read([InFolder(file)]);
            Assert.Equal((file, word, step), (file, concept.Placeholder, concept.Step));
            Assert.True(concept.Embedding!.eq(vector).all().item<bool>(), file);
        }
    }

    [Fact]
    public void The_web_uis_file_has_its_members_and_types()
    {
        using var scope = NewDisposeScope();
        using var concept = ConceptImport.Read([GoldenCase.PathOf("textual_inversion_tiny", "files", "a1111.pt")]);
        using var written = new MemoryStream();
        StringToParam.WriteWebUi(written, concept, "golden-toy");
        using var ours = TorchFile.FromBytes(written.ToArray(), "ours");
        using var theirs = TorchFile.Open(GoldenCase.PathOf("textual_inversion_tiny", "files", "a1111.pt"));
        Assert.Equal(Members(theirs), Members(ours));

        static Dictionary<string, string?> Members(TorchFile file) => Assert.IsType<PickleDict>(file.Root).Entries.ToDictionary(
            e => (string)e.Key!, e => e.Key is "sd_checkpoint" or "sd_checkpoint_name" ? "theirs alone" : e.Value is PickleDict inner
                ? $"{inner.Entries[0].Key}: {inner.Entries[0].Value?.GetType().Name}" : e.Value?.ToString());
    }

    [Fact]
    public void Image_blocks_that_do_not_fit_beside_the_model_are_all_named()
    {
        using var scope = NewDisposeScope();
        var blocks = Blocks();
        var (missing, wide) = (blocks.Keys.First(), blocks.Keys.Last());
        blocks.Remove(missing);
        blocks[wide] = zeros(7);
        blocks["diffusion_model.output_blocks.5.1.image_cross_attention.norm1.weight"] = zeros(1);
        var error = Assert.Throws<InvalidDataException>(() => Import(Upstream(blocks, rand(1, 64), 400), Toybox));
        Assert.Contains("beside base model 'toybox': 4 of 81 keys", error.Message, StringComparison.Ordinal);
        Assert.Contains($"missing    {missing}", error.Message, StringComparison.Ordinal);
        Assert.Contains($"shape      {wide} is F32 [7]", error.Message, StringComparison.Ordinal);
        Assert.Contains("unexpected diffusion_model.output_blocks.5.1.", error.Message, StringComparison.Ordinal);
        Assert.Contains("embedding.* is F32 [1, 64]; wanted [1, 128]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_converted_is_refused_with_the_reason_and_writes_nothing()
    {
        using var scope = NewDisposeScope();
        var files = Upstream(Blocks(), rand(1, Width), 400);
        var (content, _) = Import(files, Toybox);
        File.WriteAllBytes(InFolder("ours.safetensors"), content);
        var several = InFolder("several.pt");
        using (var file = File.Create(several))
            StringToParam.WriteWebUi(file, new(rand(3, Width), new Dictionary<string, Tensor>(), null, null), "several");
        File.Copy(files[1], InFolder("cross_attention-299.pt"));
        var before = Directory.GetFileSystemEntries(_folder).Length;

        Refused<ArgumentException>("is ours already", () => Import([InFolder("ours.safetensors")], Toybox));
        Refused<InvalidDataException>("is of step 300, another file of step 400", () =>
            Import([files[0], InFolder("cross_attention-299.pt")], Toybox));
        Refused<InvalidDataException>("has none", () => ConceptConversion.Export([several], "upstream", InFolder("none")));
        Refused<ArgumentException>("takes .safetensors or .bin", () => ConceptConversion.Export(files, "diffusers", InFolder("x.pt")));
        Refused<ArgumentException>("takes .pt", () => ConceptConversion.Export(files, "webui", InFolder("x.bin")));
        Refused<ArgumentException>("exists", () => ConceptConversion.Export(files, "webui", several));
        Refused<ArgumentException>("exists", () => ConceptConversion.Export(files, "upstream", _folder));
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder).Length);
    }

    [Fact]
    public void An_embedding_of_several_vectors_becomes_ours_and_each_of_them_a_token_of_the_text()
    {
        using var scope = NewDisposeScope();
        var vectors = rand(3, Width);
        var file = InFolder("several.bin");
        using (var output = File.Create(file)) DiffusersFile.WriteBin(output, new(vectors, ConceptWeights.None, null, null), "<toy>");
        var (content, _) = Import([file], Toybox);

        using var model = BaseModel.Load(Toybox, CPU);
        using var concept = Concept.Load(model, KnownMethods.All, content.Stored("imported"));
        var prompt = concept.Read("a photo of a <toy>");
        Assert.Equal([0, 1, 2], prompt.Placeholders.Select(p => p.Row));
        var states = model.TextEncoder.call(model.Ids([prompt]), concept.Join(new() { Prompts = [prompt] }, Share.Whole));
        // Three objects of one vector each, named one after the other, are the same text.
        var (three, pass) = (model.Tokenizer.Encode("a photo of a <1><2><3>", PlaceholderForms.In("", 3)), new Adaptation());
        pass.Placeholders.Add(Rows.All, vectors.narrow(0, 0, 1), vectors.narrow(0, 1, 1), vectors.narrow(0, 2, 1));
        Assert.True(model.TextEncoder.call(model.Ids([three]), pass).equal(states).all().item<bool>());
    }

    private static void Refused<T>(string reason, Action convert)
        where T : Exception => Assert.Contains(reason, Assert.Throws<T>(convert).Message, StringComparison.Ordinal);

    private static void AssertSame(ConceptWeights expected, ConceptWeights found)
    {
        Assert.Equal(expected.Step, found.Step);
        Assert.Equal(expected.Named().Select(t => t.Key), found.Named().Select(t => t.Key));
        Assert.All(expected.Named().Zip(found.Named()), t => Assert.True(t.First.Value.eq(t.Second.Value).all().item<bool>(), t.First.Key));
    }

    private string InFolder(string name) => Path.Combine(_folder, name);

    /// <summary>80 tensors as ViCo's official code would save them beside the toybox.</summary>
    private static SortedDictionary<string, Tensor> Blocks()
    {
        using var unet = new UNet2DConditionModel(UNet2DConditionConfig.From(ConfigJson.Read(Path.Combine(Toybox, "unet", "config.json"))),
            new Device(DeviceType.META));
        using var blocks = new ImageCrossAttention(unet, VisualConditionOption.Layers.Default, new Device(DeviceType.META));
        return new(blocks.NamedTensors().ToDictionary(t => t.Name, t => rand(t.Parameter.shape)), StringComparer.Ordinal);
    }

    private string[] Upstream(SortedDictionary<string, Tensor> blocks, Tensor embedding, int step)
    {
        var concept = new ConceptWeights(embedding, blocks, step, "*");
        string[] files = [InFolder($"embeddings_gs-{step - 1}.pt"), InFolder($"cross_attention-{step - 1}.pt")];
        using (var output = File.Create(files[0]))
            StringToParam.WriteEmbeddings(output, concept);
        using (var output = File.Create(files[1]))
            OfficialFiles.WriteBlocks(output, concept);
        return files;
    }
}
