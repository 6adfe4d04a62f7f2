using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Files;

namespace ViCo.Engine.Tests.Models.Files;

public sealed class ModelConversionTests : IDisposable
{
    private static readonly string Toybox = Repository.PathOf("models", "toybox");

    private readonly string _folder = Directory.CreateTempSubdirectory("vico-convert").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_model_survives_the_way_to_a_single_file_and_back_bit_for_bit()
    {
        var (single, back) = (Path.Combine(_folder, "toy.safetensors"), Path.Combine(_folder, "back"));
        ModelConversion.ToSingleFile(Toybox, single);
        ModelConversion.ToFolder(single, back, configFolder: Toybox);
        foreach (var (part, stem, _) in BaseModelFiles.Parts)
        {
            using var expected = SafetensorsFile.Open(Path.Combine(Toybox, part, $"{stem}.safetensors"));
            using var found = SafetensorsFile.Open(Path.Combine(back, part, $"{stem}.safetensors"));
            Assert.Equal(expected.Names, found.Names);
            foreach (var name in expected.Names)
            {
                Assert.Equal(expected[name].ToString(), found[name].ToString());
                Assert.Equal(expected.Bytes(name), found.Bytes(name));
            }
        }

        using var original = BaseModel.Load(Toybox, CPU);
        using var converted = BaseModel.Load(back, CPU);
        Assert.Equal(original.Tokenizer.Tokenize("a photo of a dog"), converted.Tokenizer.Tokenize("a photo of a dog"));
        Assert.Equal(original.ImageSize, converted.ImageSize);
        Assert.Equal(["back", "toy.safetensors"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName)
            .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Precision_is_changed_where_it_is_asked_for_and_nowhere_else()
    {
        var single = Path.Combine(_folder, "full.safetensors");
        ModelConversion.ToSingleFile(Toybox, single, WeightPrecision.Single);
        using var file = SafetensorsFile.Open(single);
        using var original = SafetensorsFile.Open(Path.Combine(Toybox, "unet", "diffusion_pytorch_model.safetensors"));
        Assert.All(file.Names, n => Assert.Equal(ScalarType.Float32, file[n].DType));
        using var scope = NewDisposeScope();
        Assert.True(file.Load("model.diffusion_model.input_blocks.0.0.weight").eq(original.Load("conv_in.weight")).all().item<bool>());
    }

    [Fact]
    public void What_is_there_is_never_overwritten_and_a_failure_leaves_nothing()
    {
        var taken = Path.Combine(_folder, "taken");
        Directory.CreateDirectory(taken);
        Assert.Contains("exists", Assert.Throws<ArgumentException>(() => ModelConversion.ToFolder(Toybox, taken)).Message,
            StringComparison.Ordinal);
        Assert.Contains("exists", Assert.Throws<ArgumentException>(() => ModelConversion.ToSingleFile(Toybox, taken)).Message,
            StringComparison.Ordinal);

        // A single file of the toybox's shape is not Stable Diffusion's.
        var single = Path.Combine(_folder, "toy.safetensors");
        ModelConversion.ToSingleFile(Toybox, single);
        Assert.Contains("another model's",
            Assert.Throws<InvalidDataException>(() => ModelConversion.ToFolder(single, Path.Combine(_folder, "new"))).Message,
            StringComparison.Ordinal);
        Assert.Equal(["taken", "toy.safetensors"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName)
            .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_model_that_lacks_a_weight_is_not_converted_and_every_misfit_of_every_network_is_named()
    {
        var single = Path.Combine(_folder, "damaged.safetensors");
        using (var scope = NewDisposeScope())
        {
            ModelConversion.ToSingleFile(Toybox, Path.Combine(_folder, "toy.safetensors"));
            using var toy = SafetensorsFile.Open(Path.Combine(_folder, "toy.safetensors"));
            var tensors = toy.Names.ToDictionary(n => n, toy.LoadAsStored);
            tensors.Remove("model.diffusion_model.out.2.bias");
            tensors["first_stage_model.encoder.conv_out.bias"] = zeros(3);
            tensors["cond_stage_model.transformer.text_model.extra.weight"] = zeros(1);
            File.WriteAllBytes(single, SafetensorsWriter.ToBytes(tensors));
        }

        foreach (var convert in new Action[]
        {
            () => ModelConversion.ToFolder(single, Path.Combine(_folder, "new"), configFolder: Toybox),
            () => ModelConversion.ToSingleFile(single, Path.Combine(_folder, "new.safetensors"), configFolder: Toybox),
        })
        {
            var message = Assert.Throws<InvalidDataException>(convert).Message;
            Assert.Contains("missing    conv_out.bias [8]", message, StringComparison.Ordinal);
            Assert.Contains("shape      first_stage_model.encoder.conv_out.bias is F32 [3]; wanted [16]", message,
                StringComparison.Ordinal);
            Assert.Contains("unexpected cond_stage_model.transformer.text_model.extra.weight F32 [1]", message, StringComparison.Ordinal);
        }

        Assert.Equal(["damaged.safetensors", "toy.safetensors"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName)
            .Order(StringComparer.Ordinal));
    }
}
