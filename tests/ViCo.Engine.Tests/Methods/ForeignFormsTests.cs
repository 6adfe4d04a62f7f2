using ViCo.Engine.Methods;
using ViCo.Engine.Models;
using ViCo.Engine.Tests.Engine;
using ViCo.Options;

namespace ViCo.Engine.Tests.Methods;

/// <summary>Concepts whose form differs from their method's usual one, in the files of other programs.</summary>
[Collection("tiny")]
public sealed class ForeignFormsTests(TinyEngine tiny) : IDisposable
{
    private static readonly (string Format, OptionValues Options)[] Forms =
    [
        ("textual-inversion", By("textual-inversion").With(TextualInversionOption.Vectors, 3)),
        ("tensor", By("textual-inversion").With(TextualInversionOption.Vectors, 2)),
        ("oft", By("oft").With(OftOption.OftBlocks, 2)),
        ("oft", By("oft").With(OftOption.OftBlocks, 2).With(OftOption.OftShared, true)),
        ("custom-diffusion", By("custom-diffusion")),
        ("custom-diffusion", By("custom-diffusion").With(CustomDiffusionOption.CustomLayers, CustomDiffusionOption.WholeAttention)),
        ("catversion", By("catversion").With(CatVersionOption.PrefixLength, 2)),
        ("lora-kohya", By("dreambooth-lora").With(LowRankOption.Rank, 2).With(LowRankOption.LoraText, true)),
        ("lora-peft", By("dreambooth-lora").With(LowRankOption.LoraTargets, ["attn2.to_k", "proj_in", "ff.net.2"])),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("vico-forms").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<int, string> Each() =>
        [.. Forms.Select((f, i) => new TheoryDataRow<int, string>(i, $"{f.Format} {f.Options}"))];

    [Theory]
    [MemberData(nameof(Each))]
    public Task A_concept_goes_to_another_programs_file_and_back_bit_for_bit(int which, string form) => tiny.Engine.RunAsync(() =>
    {
        var (format, asked) = Forms[which];
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = BaseModel.Load(tiny.Folder, CPU);
        var method = KnownMethods.All.Named(asked.Get(TrainingOption.Method));
        using var concept = Concept.Create(model, method, TrainingOptions.From(model.Defaults, asked), ["teapot"]);
        using var random = new Generator(7);
        foreach (var (_, parameter) in concept.NamedTensors()) parameter.copy_(randn(parameter.shape, generator: random));

        var (ours, back) = (Path.Combine(_folder, "ours.safetensors"), Path.Combine(_folder, "back.safetensors"));
        File.WriteAllBytes(ours, Written.By(output => concept.Write(output, 1)));
        var theirs = ConceptConversion.Export([ours], format, Path.Combine(_folder, format.StartsWith("lora", StringComparison.Ordinal)
            ? "theirs.safetensors" : format is "textual-inversion" or "tensor" ? "theirs.pt" : "theirs"));
        ConceptConversion.Import([.. theirs.Where(p => Path.GetExtension(p) != ".json")], tiny.Folder, "teapot", (metadata, write) =>
        {
            Assert.Equal(method.Options.Name, metadata.Method);
            File.WriteAllBytes(back, Written.By(write));
        });

        using var again = Concept.Load(model, KnownMethods.All, File.ReadAllBytes(back).Stored("back"));
        Assert.Equal(concept.NamedTensors().Select(t => t.Name), again.NamedTensors().Select(t => t.Name));
        Assert.All(concept.NamedTensors().Zip(again.NamedTensors()), pair =>
            Assert.True(pair.First.Parameter.equal(pair.Second.Parameter).all().item<bool>(), $"{form}: {pair.First.Name}"));
        Assert.All(asked.Pairs.Where(p => p.Key != LowRankOption.LoraTargets.Name), p =>
            Assert.Equal(p.Value, again.Options.Values.Find(p.Key)));
        return true;
    });

    private static OptionValues By(string method) => OptionValues.None.With(TrainingOption.Method, method);
}
