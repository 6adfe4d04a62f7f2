using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Tests.Engine;
using ViCo.Options;

namespace ViCo.Engine.Tests.Methods;

/// <summary>Concepts in files of other programs that keep something else than the numbers themselves, from which they follow.</summary>
[Collection("tiny")]
public sealed class DerivedFormsTests(TinyEngine tiny) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-derived").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, null)]
    [InlineData(false, 5)]
    public Task Rotations_come_back_from_PEFTs_folder_as_the_same_rotations(bool shared, int? terms) => tiny.Engine.RunAsync(() =>
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = BaseModel.Load(tiny.Folder, CPU);
        var asked = OptionValues.None.With(TrainingOption.Method, "oft").With(OftOption.OftBlocks, 2).With(OftOption.OftShared, shared)
            .With(OftOption.OftTerms, terms);
        using var concept = Random(model, asked);
        var (ours, back) = (Path.Combine(_folder, "ours.safetensors"), Path.Combine(_folder, "back.safetensors"));
        File.WriteAllBytes(ours, Written.By(output => concept.Write(output, 1)));
        var theirs = ConceptConversion.Export([ours], "oft-peft", Path.Combine(_folder, "peft"));
        Assert.Equal(["adapter_model.safetensors", "adapter_config.json"], theirs.Select(path => Path.GetFileName(path)));
        Import(theirs[0], back, "oft");
        using var again = Concept.Load(model, KnownMethods.All, File.ReadAllBytes(back).Stored("back"));
        Assert.Equal(terms, again.Options.Get(OftOption.OftTerms));
        Assert.Equal(shared, again.Options.Get(OftOption.OftShared));
        Assert.All(concept.Part<Rotations>()!.Layers.Zip(again.Part<Rotations>()!.Layers), pair =>
            Assert.True((pair.First.Turned() - pair.Second.Turned()).abs().max().item<float>() < 1e-5, pair.First.Place.Path));

        // Without the configuration PEFT's own default holds.
        File.Delete(theirs[1]);
        Import(theirs[0], back, "oft");
        using var usual = Concept.Load(model, KnownMethods.All, File.ReadAllBytes(back).Stored("back"));
        Assert.Equal(5, usual.Options.Get(OftOption.OftTerms));
        return true;
    });

    [Fact]
    public Task Differences_of_rank_1_come_back_from_the_compressed_file_beside_the_base_model() => tiny.Engine.RunAsync(() =>
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = BaseModel.Load(tiny.Folder, CPU);
        using var concept = Random(model, OptionValues.None.With(TrainingOption.Method, "custom-diffusion"));
        using var random = new Generator(9);
        var frozen = ReplacedLayers.AttentionToText(model, "to_k", "to_v").ToDictionary(
            l => ReplacedLayers.KeyOf(l.Path, "weight"), l => l.Weight);
        foreach (var (name, parameter) in concept.Part<ReplacedLayers>()!.Tensors)
        {
            var (left, right) = (randn([parameter.shape[0], 1], generator: random), randn([1, parameter.shape[1]], generator: random));
            parameter.copy_(frozen[name].Plus(left.mm(right)));
        }
        var (ours, theirs, back) = (Path.Combine(_folder, "ours.safetensors"), Path.Combine(_folder, "delta_compressed.bin"),
            Path.Combine(_folder, "back.safetensors"));
        File.WriteAllBytes(ours, Written.By(output => concept.Write(output, 1)));
        const string format = "custom-diffusion-compressed";
        Assert.Contains("say which it is", Assert.Throws<ArgumentException>(() =>
            ConceptConversion.Export([ours], format, theirs)).Message, StringComparison.Ordinal);
        ConceptConversion.Export([ours], format, theirs, baseModel: tiny.Folder);
        Assert.True(new FileInfo(theirs).Length < new FileInfo(ours).Length / 2);
        Import(theirs, back, "custom-diffusion");
        using var again = Concept.Load(model, KnownMethods.All, File.ReadAllBytes(back).Stored("back"));
        Assert.All(concept.NamedTensors().Zip(again.NamedTensors()), pair =>
            Assert.True((pair.First.Parameter - pair.Second.Parameter).abs().max().item<float>() < 1e-4, pair.First.Name));
        return true;
    });

    private void Import(string theirs, string ours, string method) =>
        ConceptConversion.Import([theirs], tiny.Folder, "teapot", (metadata, write) =>
        {
            Assert.Equal(method, metadata.Method);
            File.WriteAllBytes(ours, Written.By(write));
        });

    private static Concept Random(BaseModel model, OptionValues asked)
    {
        var method = KnownMethods.All.Named(asked.Get(TrainingOption.Method));
        var concept = Concept.Create(model, method, TrainingOptions.From(model.Defaults, asked), ["teapot"]);
        using var random = new Generator(7);
        foreach (var (_, parameter) in concept.NamedTensors()) parameter.copy_(randn(parameter.shape, generator: random).Times(0.2));
        return concept;
    }
}
