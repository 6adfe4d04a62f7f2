using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Files;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Tests.Goldens;
using static ViCo.Engine.Tests.Models.Files.ToyboxFiles;

namespace ViCo.Engine.Tests.Models.Files;

/// <summary>Base models in one file, as Stable Diffusion's own code keeps them.</summary>
public sealed class SingleFileModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-models").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("model.safetensors", true)]
    [InlineData("model.safetensors", false)]
    [InlineData("model.ckpt", true)]
    [InlineData("model.ckpt", false)]
    public void A_single_file_in_the_original_layout_holds_the_same_model(string name, bool withTextModel)
    {
        using var scope = NewDisposeScope();
        var tensors = Ldm(withTextModel);
        // What such files carry besides.
        tensors["betas"] = zeros(1000);
        tensors["denoiser.sigmas"] = zeros(1000);
        tensors["safety_checker.concept_embeds"] = zeros(17, 768);
        tensors["model_ema.decay"] = tensor(0.9999f);
        tensors["cond_stage_model.transformer.text_model.embeddings.position_ids"] = TensorArithmetic.Counting(0, 77, ScalarType.Int64, CPU)
            .unsqueeze(0);
        var path = Path.Combine(_folder, name);
        if (name.EndsWith(".ckpt", StringComparison.Ordinal))
            WriteTorch(path, tensors, asState: true);
        else
            File.WriteAllBytes(path, SafetensorsWriter.ToBytes(tensors));
        AssertIsToybox(path, Toybox);
        using var files = BaseModelFiles.Open(path, Toybox);
        Assert.Equal("model", files.Defaults.Name);
    }

    [Fact]
    public void A_single_files_strange_keys_are_all_listed_before_anything_is_loaded()
    {
        using var scope = NewDisposeScope();
        var tensors = Ldm(withTextModel: true);
        tensors["strange.one"] = zeros(2, 3);
        tensors["strange.two"] = zeros(1);
        var path = Path.Combine(_folder, "model.safetensors");
        File.WriteAllBytes(path, SafetensorsWriter.ToBytes(tensors));
        var error = Assert.Throws<InvalidDataException>(() => BaseModelFiles.Open(path, Toybox));
        Assert.Contains("2 tensors that belong to no network", error.Message, StringComparison.Ordinal);
        Assert.Contains("unexpected strange.one F32 [2, 3]", error.Message, StringComparison.Ordinal);
        Assert.Contains("unexpected strange.two F32 [1]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_files_missing_unexpected_and_misshapen_weights_are_all_listed_by_their_own_names()
    {
        using var scope = NewDisposeScope();
        var tensors = Ldm(withTextModel: true);
        tensors.Remove("model.diffusion_model.out.2.bias");
        tensors["model.diffusion_model.out.0.weight"] = zeros(7);
        tensors["model.diffusion_model.middle_block.9.weight"] = zeros(1);
        var path = Path.Combine(_folder, "model.safetensors");
        File.WriteAllBytes(path, SafetensorsWriter.ToBytes(tensors));
        using var files = BaseModelFiles.Open(path, Toybox);
        using var unet = new UNet2DConditionModel(UNet2DConditionConfig.From(files.UNetConfig));
        var message = Assert.Throws<InvalidDataException>(() => StateDict.LoadFrozen(unet, files.UNet.File, files.UNet.Rename)).Message;
        Assert.Contains("3 of 686 keys", message, StringComparison.Ordinal);
        Assert.Contains("unexpected model.diffusion_model.middle_block.9.weight", message, StringComparison.Ordinal);
        Assert.Contains("model.diffusion_model.out.0.weight is F32 [7]; wanted [32]", message, StringComparison.Ordinal);
        Assert.Contains("conv_out.bias [8]", message, StringComparison.Ordinal);
    }

    /// <summary>
    /// All 1,143 tensors of v1-5-pruned-emaonly in half precision, 2.1 GB, with CLIP's vocabulary and the configurations that ship.
    /// </summary>
    [Fact]
    public void A_full_size_single_file_of_Stable_Diffusion_loads_as_it_is()
    {
        LongRun.Only("It takes 2.1 GB of disk, 6 GB of memory and a minute");
        var path = Path.Combine(_folder, "v1-5-pruned-emaonly.safetensors");
        var tensors = GoldenCase.ReadJson("sd15_keys/ldm_checkpoint.json").GetProperty("tensors").EnumerateArray().Select(t =>
        {
            var shape = t.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()).ToArray();
            var dtype = t.GetProperty("dtype").GetString() == "int64" ? ScalarType.Int64 : ScalarType.Float16;
            return new LazyTensor(t.GetProperty("key").GetString()!, dtype, shape, () => zeros(shape).Plus(0.25).to(dtype));
        });
        using (var file = File.Create(path))
            SafetensorsWriter.WriteLazily(file, tensors, null);

        var began = TimeProvider.System.GetTimestamp();
        using var model = BaseModel.Load(path, CPU);
        TestContext.Current.TestOutputHelper
            ?.WriteLine(
            $"{new FileInfo(path).Length / 1e9:0.00} GB loaded in {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s");
        Assert.Equal((512, 49408, "v1-5-pruned-emaonly"), (model.ImageSize, model.Tokenizer.VocabularySize, model.Defaults.Name));
        Assert.Equal(859_520_964 + 83_653_863 + 123_060_480,
            new nn.Module[] { model.UNet, model.Vae, model.TextEncoder }.Sum(m => m.parameters().Sum(p => p.numel())));
        using var scope = NewDisposeScope();
        Assert.All(model.UNet.parameters().Concat(model.Vae.parameters()), p => Assert.Equal(0.25f, p.flatten()[-1].item<float>()));
    }

    [Theory]
    [InlineData("conditioner.embedders.0.x", "Stable Diffusion XL")]
    [InlineData("cond_stage_model.model.ln_final.weight", "Stable Diffusion 2")]
    [InlineData("down_blocks.0.resnets.0.norm1.weight", "belongs into its folder")]
    [InlineData("lora_unet_x.lora_up.weight", "a LoRA")]
    [InlineData("unet.mid_block.attentions.0.to_q.lora_A.weight", "a LoRA")]
    [InlineData("embedding.*", "a concept of ViCo")]
    [InlineData("first_stage_model.decoder.conv_in.weight", "no U-Net and no text encoder, only autoencoder (VAE)")]
    public void Checkpoints_of_other_families_are_named(string key, string family)
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(_folder, "other.safetensors");
        File.WriteAllBytes(path, SafetensorsWriter.ToBytes([new(key, zeros(1))]));
        var message = Assert.Throws<InvalidDataException>(() => BaseModelFiles.Open(path)).Message;
        Assert.Contains(family, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private static Dictionary<string, Tensor> Ldm(bool withTextModel)
    {
        var unet = UNet2DConditionConfig.From(ConfigJson.Read(Path.Combine(Toybox, "unet", "config.json")));
        var map = LdmKeyMap.For(unet, vaeLevels: 4);
        var tensors = new Dictionary<string, Tensor>();
        foreach (var ((part, stem, _), ldm) in Parts.Zip([LdmPart.UNet, LdmPart.Vae, LdmPart.TextEncoder]))
        {
            foreach (var (name, tensor) in Load(Path.Combine(Toybox, part, $"{stem}.safetensors")))
            {
                var key = map.ToLdm(ldm, name);
                if (!withTextModel)
                    key = key.Replace("transformer.text_model.", "transformer.", StringComparison.Ordinal);
                tensors.Add(key, LdmKeyMap.IsConvolutionInLdm(ldm, name) ? tensor.unsqueeze(-1).unsqueeze(-1) : tensor);
            }
        }

        return tensors;
    }
}
