using System.Text.Json;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Files;
using static ViCo.Engine.Tests.Models.Files.ToyboxFiles;

namespace ViCo.Engine.Tests.Models.Files;

/// <summary>One model (the toybox) in every folder layout that base models come in: always the same weights.</summary>
public sealed class BaseModelFilesTests : IDisposable
{
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
            var other = Path.Combine(_folder, part, pattern.Replace("{0}", stem, StringComparison.Ordinal)
                .Replace("{1}", pickleStem, StringComparison.Ordinal));
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
            Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => BaseModelFiles.Open(_folder)).Message,
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("unet", "\"sample_size\": 16", "\"sample_size\": 8", null)]
    [InlineData("unet", "\"block_out_channels\": [", "\"block_out_channels\": [\"wide\", ", "wanted a list of integers from 1")]
    [InlineData("vae", "\"layers_per_block\": 1", "\"layers_per_block\": 2", "missing    encoder.down_blocks.0.resnets.1.conv1.bias")]
    [InlineData("text_encoder", "\"intermediate_size\": 512", "\"intermediate_size\": 2000000000", "wanted [2000000000, 128]")]
    public void A_configuration_that_its_weights_do_not_fit_is_refused_before_memory_is_taken(string part, string setting, string other,
        string? reason)
    {
        CopyFolder();
        var config = Path.Combine(_folder, part, "config.json");
        var text = File.ReadAllText(config);
        Assert.Contains(setting, text, StringComparison.Ordinal);
        File.WriteAllText(config, text.Replace(setting, other, StringComparison.Ordinal));
        if (reason is null)
            BaseModel.Load(_folder, CPU).Dispose();
        else
            Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => BaseModel.Load(_folder, CPU)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_encoder_without_text_model_in_front_and_compiled_networks_are_the_same_model()
    {
        using var scope = NewDisposeScope();
        CopyFolder();
        foreach (var (part, stem, _) in Parts)
        {
            var path = Path.Combine(_folder, part, $"{stem}.safetensors");
            var tensors = Load(path)
                .ToDictionary(t => $"_orig_mod.{t.Key.Replace("text_model.", "", StringComparison.Ordinal)}", t => t.Value);
            File.WriteAllBytes(path, SafetensorsWriter.ToBytes(tensors));
        }
        AssertIsToybox(_folder, null);
    }

    [Fact]
    public void A_git_lfs_pointer_is_called_one()
    {
        CopyFolder();
        File.WriteAllText(Path.Combine(_folder, "unet", "diffusion_pytorch_model.safetensors"),
            "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 3438167540\n");
        Assert.Contains("is a git-lfs pointer", Assert.Throws<InvalidDataException>(() => BaseModelFiles.Open(_folder)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_in_front_of_any_json_is_skipped()
    {
        using var scope = NewDisposeScope();
        CopyFolder();
        foreach (var json in Directory.EnumerateFiles(_folder, "*.json", SearchOption.AllDirectories)
            .Append(Path.Combine(_folder, "tokenizer", "merges.txt")).ToList())
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
            t => t.Key.Contains(".attentions.", StringComparison.Ordinal) && t.Value.dim() == 2 ? t.Value.unsqueeze(-1).unsqueeze(-1)
                : t.Value);
        Assert.Contains(old.Keys, k => k.EndsWith("attentions.0.query.weight", StringComparison.Ordinal));
        File.WriteAllBytes(path, SafetensorsWriter.ToBytes(old));
        AssertIsToybox(_folder, null);
    }

    [Fact]
    public void A_missing_model_or_part_is_named()
    {
        Assert.Contains("does not exist", Assert.Throws<InvalidDataException>(() => BaseModelFiles.Open(Path.Combine(_folder, "none")))
            .Message, StringComparison.Ordinal);
        CopyFolder();
        File.Delete(Path.Combine(_folder, "vae", "diffusion_pytorch_model.safetensors"));
        Assert.Contains("holds no weights", Assert.Throws<InvalidDataException>(() => BaseModelFiles.Open(_folder)).Message,
            StringComparison.Ordinal);
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
}
