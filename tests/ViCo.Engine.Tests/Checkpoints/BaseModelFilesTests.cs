using System.Text.Json;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Checkpoints.Pickle;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Tests.Goldens;

namespace ViCo.Engine.Tests.Checkpoints;

/// <summary>One model (the toybox) in every layout that base models come in: always the same weights.</summary>
public sealed class BaseModelFilesTests : IDisposable
{
    private static readonly string Toybox = Repository.PathOf("models", "toybox");

    private static readonly (string Part, string Stem, string PickleStem)[] Parts =
    [
        ("unet", "diffusion_pytorch_model", "diffusion_pytorch_model"), ("vae", "diffusion_pytorch_model", "diffusion_pytorch_model"),
        ("text_encoder", "model", "pytorch_model"),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("vico-models").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("{0}.fp16.safetensors")]
    [InlineData("{1}.bin")]
    [InlineData("{1}.fp16.bin")]
    public void A_folder_with_other_weight_files_holds_the_same_model(string pattern)
    {
        CopyFolder();
        foreach (var (part, stem, pickleStem) in Parts)
        {
            var path = Path.Combine(_folder, part, $"{stem}.safetensors");
            var other = Path.Combine(_folder, part, pattern.Replace("{0}", stem, StringComparison.Ordinal).Replace("{1}", pickleStem, StringComparison.Ordinal));
            if (pattern.EndsWith(".bin", StringComparison.Ordinal))
                WriteTorch(other, Load(path));
            else
                File.Copy(path, other);
            File.Delete(path);
        }

        AssertIsToybox(_folder, null);
    }

    [Theory]
    [InlineData(".safetensors.index.json", "safetensors")]
    [InlineData(".safetensors.index.fp16.json", "safetensors")]
    [InlineData(".bin.index.json", "bin")]
    public void A_sharded_folder_holds_the_same_model(string index, string kind)
    {
        CopyFolder();
        foreach (var (part, stem, pickleStem) in Parts)
        {
            var path = Path.Combine(_folder, part, $"{stem}.safetensors");
            Shard(path, kind == "bin" ? pickleStem : stem, index, kind);
            File.Delete(path);
        }

        AssertIsToybox(_folder, null);
    }

    [Fact]
    public void An_index_that_lies_is_refused()
    {
        CopyFolder();
        var path = Path.Combine(_folder, "unet", "diffusion_pytorch_model.safetensors");
        var index = Shard(path, "diffusion_pytorch_model", ".safetensors.index.json", "safetensors");
        File.Delete(path);
        var good = File.ReadAllText(index);
        Refused("weight_map", "{}");
        Refused("is not JSON", good[..^3]);
        Refused("is missing", good.Replace("00002-of", "00003-of", StringComparison.Ordinal));
        Refused("not a file of the same folder", good.Replace("diffusion_pytorch_model-00002", "../x", StringComparison.Ordinal));
        Refused("none of that name", good.Replace("conv_in.bias", "conv_in.bia", StringComparison.Ordinal));
        Refused("which the index does not place there", good.Replace("\"conv_in.bias\"", "\"conv_in.weight\"", StringComparison.Ordinal));

        void Refused(string reason, string content)
        {
            File.WriteAllText(index, content);
            Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => BaseModelFiles.Open(_folder)).Message, StringComparison.Ordinal);
        }
    }

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
        tensors["cond_stage_model.transformer.text_model.embeddings.position_ids"] = TensorArithmetic.Counting(0, 77, ScalarType.Int64, CPU).unsqueeze(0);
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

    /// <summary>All 1,143 tensors of v1-5-pruned-emaonly in half precision, 2.1 GB, with CLIP's vocabulary and the configurations that ship.</summary>
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
        TestContext.Current.TestOutputHelper?.WriteLine($"{new FileInfo(path).Length / 1e9:0.00} GB loaded in {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s");
        Assert.Equal((512, 49408, "v1-5-pruned-emaonly"), (model.ImageSize, model.Tokenizer.VocabularySize, model.Defaults.Name));
        Assert.Equal(859_520_964 + 83_653_863 + 123_060_480, new nn.Module[] { model.UNet, model.Vae, model.TextEncoder }.Sum(m => m.parameters().Sum(p => p.numel())));
        using var scope = NewDisposeScope();
        Assert.All(model.UNet.parameters().Concat(model.Vae.parameters()), p => Assert.Equal(0.25f, p.flatten()[-1].item<float>()));
    }

    [Theory]
    [InlineData("unet", "\"sample_size\": 16", "\"sample_size\": 8", null)]
    [InlineData("unet", "\"block_out_channels\": [", "\"block_out_channels\": [\"wide\", ", "wanted a list of integers from 1")]
    [InlineData("vae", "\"layers_per_block\": 1", "\"layers_per_block\": 2", "missing    encoder.down_blocks.0.resnets.1.conv1.bias")]
    [InlineData("text_encoder", "\"intermediate_size\": 512", "\"intermediate_size\": 2000000000", "wanted [2000000000, 128]")]
    public void A_configuration_that_its_weights_do_not_fit_is_refused_before_memory_is_taken(string part, string setting, string other, string? reason)
    {
        CopyFolder();
        var config = Path.Combine(_folder, part, "config.json");
        var text = File.ReadAllText(config);
        Assert.Contains(setting, text, StringComparison.Ordinal);
        File.WriteAllText(config, text.Replace(setting, other, StringComparison.Ordinal));
        if (reason is null)
            BaseModel.Load(_folder, CPU).Dispose();
        else
            Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => BaseModel.Load(_folder, CPU)).Message, StringComparison.Ordinal);
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

    [Fact]
    public void A_text_encoder_without_text_model_in_front_and_compiled_networks_are_the_same_model()
    {
        using var scope = NewDisposeScope();
        CopyFolder();
        foreach (var (part, stem, _) in Parts)
        {
            var path = Path.Combine(_folder, part, $"{stem}.safetensors");
            var tensors = Load(path).ToDictionary(t => $"_orig_mod.{t.Key.Replace("text_model.", "", StringComparison.Ordinal)}", t => t.Value);
            File.WriteAllBytes(path, SafetensorsWriter.ToBytes(tensors));
        }
        AssertIsToybox(_folder, null);
    }

    [Fact]
    public void A_git_lfs_pointer_is_called_one()
    {
        CopyFolder();
        File.WriteAllText(Path.Combine(_folder, "unet", "diffusion_pytorch_model.safetensors"), "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 3438167540\n");
        Assert.Contains("is a git-lfs pointer", Assert.Throws<InvalidDataException>(() => BaseModelFiles.Open(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_in_front_of_any_json_is_skipped()
    {
        using var scope = NewDisposeScope();
        CopyFolder();
        foreach (var json in Directory.EnumerateFiles(_folder, "*.json", SearchOption.AllDirectories).Append(Path.Combine(_folder, "tokenizer", "merges.txt")).ToList())
            File.WriteAllBytes(json, [0xEF, 0xBB, 0xBF, .. File.ReadAllBytes(json)]);
        AssertIsToybox(_folder, null);
        using var files = BaseModelFiles.Open(_folder);
        Assert.Single(files.LoadTokenizer().Tokenize("teapot"));
        Assert.Equal("toybox", files.Defaults.Name);
    }

    [Fact]
    public void Old_attention_names_of_the_autoencoder_and_convolution_weights_fit()
    {
        using var scope = NewDisposeScope();
        CopyFolder();
        var path = Path.Combine(_folder, "vae", "diffusion_pytorch_model.safetensors");
        var old = Load(path).ToDictionary(
            t => t.Key.Replace(".to_q.", ".query.", StringComparison.Ordinal).Replace(".to_k.", ".key.", StringComparison.Ordinal)
                .Replace(".to_v.", ".value.", StringComparison.Ordinal).Replace(".to_out.0.", ".proj_attn.", StringComparison.Ordinal),
            t => t.Key.Contains(".attentions.", StringComparison.Ordinal) && t.Value.dim() == 2 ? t.Value.unsqueeze(-1).unsqueeze(-1) : t.Value);
        Assert.Contains(old.Keys, k => k.EndsWith("attentions.0.query.weight", StringComparison.Ordinal));
        File.WriteAllBytes(path, SafetensorsWriter.ToBytes(old));
        AssertIsToybox(_folder, null);
    }

    [Fact]
    public void A_missing_model_or_part_is_named()
    {
        Assert.Contains("does not exist", Assert.Throws<InvalidDataException>(() => BaseModelFiles.Open(Path.Combine(_folder, "none"))).Message, StringComparison.Ordinal);
        CopyFolder();
        File.Delete(Path.Combine(_folder, "vae", "diffusion_pytorch_model.safetensors"));
        Assert.Contains("holds no weights", Assert.Throws<InvalidDataException>(() => BaseModelFiles.Open(_folder)).Message, StringComparison.Ordinal);
    }

    private static void AssertIsToybox(string path, string? configs)
    {
        using var scope = NewDisposeScope();
        using var files = BaseModelFiles.Open(path, configs);
        foreach (var ((part, stem, _), weights) in Parts.Zip([files.UNet, files.Vae, files.TextEncoder]))
        {
            using var expected = SafetensorsFile.Open(Path.Combine(Toybox, part, $"{stem}.safetensors"));
            var names = weights.File.Names.Where(n => weights.Rename(n) is not null).ToDictionary(n => weights.Rename(n)!);
            Assert.Equal(expected.Names, names.Keys.Order(StringComparer.Ordinal));
            foreach (var name in expected.Names)
            {
                var (wanted, found) = (expected.LoadAsStored(name), weights.File.LoadAsStored(names[name]));
                Assert.Equal(wanted.dtype, found.dtype);
                Assert.True(wanted.eq(found.view(wanted.shape)).all().item<bool>(), name);
            }
        }

        // And the whole of it loads strictly. The digest is that of the bytes, so it differs between layouts.
        Assert.Equal(957, files.LoadTokenizer().VocabularySize);
        Assert.Equal(64, files.Digest().Length);
        using var unet = new UNet2DConditionModel(UNet2DConditionConfig.From(files.UNetConfig));
        StateDict.LoadFrozen(unet, files.UNet.File, files.UNet.Rename);
    }

    private static Dictionary<string, Tensor> Load(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return file.Names.ToDictionary(n => n, file.LoadAsStored);
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

    private void CopyFolder()
    {
        foreach (var file in Directory.EnumerateFiles(Toybox, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(_folder, Path.GetRelativePath(Toybox, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static string Shard(string path, string stem, string indexEnd, string kind)
    {
        using var scope = NewDisposeScope();
        var folder = Path.GetDirectoryName(path)!;
        var map = new Dictionary<string, string>();
        foreach (var (half, i) in Load(path).OrderBy(t => t.Key, StringComparer.Ordinal).Chunk(400).Select((h, i) => (h, i)))
        {
            var shard = $"{stem}-{i + 1:00000}-of-00002.{kind}";
            foreach (var (name, _) in half)
                map.Add(name, shard);
            if (kind == "bin")
                WriteTorch(Path.Combine(folder, shard), half.ToDictionary());
            else
                File.WriteAllBytes(Path.Combine(folder, shard), SafetensorsWriter.ToBytes(half));
        }

        var index = Path.Combine(folder, stem + indexEnd);
        File.WriteAllText(index, JsonSerializer.Serialize(new { metadata = new { total_size = 1 }, weight_map = map }));
        return index;
    }

    private static void WriteTorch(string path, Dictionary<string, Tensor> tensors, bool asState = false)
    {
        var dict = new PickleDict { IsOrdered = true };
        foreach (var (name, tensor) in tensors)
            dict.Set(name, tensor);
        var root = dict;
        if (asState)
        {
            root = new PickleDict();
            root.Set("global_step", 470_000L);
            root.Set("state_dict", dict);
            var callbacks = new PickleDict();
            callbacks.Set("best_model_score", new PickleObject("numpy.core.multiarray.scalar", new([new PickleObject("numpy.dtype", new(["f8", 0L, 1L])), "12345678"])));
            root.Set("callbacks", callbacks);
        }

        using var file = File.Create(path);
        TorchFileWriter.Write(file, root);
    }
}
