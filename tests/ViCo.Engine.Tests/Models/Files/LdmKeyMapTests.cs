using System.Text.Json;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Files;
using ViCo.Engine.Models.Text;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Models.Vae;
using ViCo.Engine.Tests.Goldens;

namespace ViCo.Engine.Tests.Models.Files;

/// <summary>Every key of full-size Stable Diffusion 1.5, in both layouts.</summary>
[GoldenSet("sd15_keys")]
[GoldenSet("keys")]
[Trait("Category", "Golden")]
public sealed class LdmKeyMapTests
{
    private static readonly LdmKeyMap Map = LdmKeyMap.StableDiffusion1;

    public static TheoryData<string, int> Networks() => new() { { "unet", 686 }, { "vae", 248 }, { "text_encoder", 196 } };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_diffusers_key_maps_to_its_LDM_key_and_back(string network, int count)
    {
        var tensors = Tensors($"sd15_keys/diffusers_{network}.json");
        Assert.Equal(count, tensors.Count);
        foreach (var tensor in tensors)
        {
            var (key, ldm) = (tensor.GetProperty("key").GetString()!, tensor.GetProperty("ldm").GetString()!);
            Assert.Equal(ldm, Map.ToLdm(Part(network), key));
            Assert.Equal((Part(network), key), Map.FromLdm(ldm));
        }
    }

    [Fact]
    public void Every_key_of_a_single_file_is_a_weight_of_a_network_or_known_to_be_none()
    {
        var tensors = Tensors("sd15_keys/ldm_checkpoint.json");
        Assert.Equal(1143, tensors.Count);
        var shapes = Networks().SelectMany(n => Tensors($"sd15_keys/diffusers_{n.Data.Item1}.json").Select(t => (Part(n.Data.Item1), t)))
            .ToDictionary(t => (t.Item1, t.t.GetProperty("key").GetString()!), t => Shape(t.t));
        var weights = 0;
        foreach (var tensor in tensors)
        {
            var key = tensor.GetProperty("key").GetString()!;
            var (part, name) = Map.FromLdm(key);
            Assert.Equal(Part(tensor.GetProperty("part").GetString()!), part);
            if (part == LdmPart.Ignored)
                continue;
            weights++;
            Assert.Equal(tensor.GetProperty("diffusers").GetString(), name);
            Assert.Equal(key, Map.ToLdm(part, name));
            Assert.Equal(tensor.TryGetProperty("squeeze", out _), LdmKeyMap.IsConvolutionInLdm(part, name));
            Assert.Equal(LdmKeyMap.IsConvolutionInLdm(part, name) ? [.. shapes[(part, name)], 1, 1] : shapes[(part, name)], Shape(tensor));
        }

        Assert.Equal(1130, weights);
    }

    [Fact]
    public void The_tiny_networks_keys_map_both_ways_too()
    {
        foreach (var (file, part, prefix) in new[]
        {
            ("keys/unet_keys.json", LdmPart.UNet, LdmKeyMap.UNetPrefix), ("keys/vae_keys.json", LdmPart.Vae, LdmKeyMap.VaePrefix),
        })
        {
            var plain = Tensors(file)
                .Where(t => !t.GetProperty("key").GetString()!.Contains("image_cross_attention", StringComparison.Ordinal)).ToList();
            Assert.Equal(part == LdmPart.UNet ? 686 : 248, plain.Count);
            foreach (var tensor in plain)
            {
                var (key, ldm) = (tensor.GetProperty("key").GetString()!, prefix + tensor.GetProperty("ldm").GetString());
                Assert.Equal(ldm, Map.ToLdm(part, key));
                Assert.Equal((part, key), Map.FromLdm(ldm));
            }
        }
    }

    [Theory]
    [InlineData("cond_stage_model.transformer.embeddings.token_embedding.weight", nameof(LdmPart.TextEncoder),
        "text_model.embeddings.token_embedding.weight")]
    [InlineData("cond_stage_model.transformer.embeddings.position_ids", nameof(LdmPart.Ignored), null)]
    [InlineData("model_ema.diffusion_modelinput_blocks00weight", nameof(LdmPart.Ignored), null)]
    [InlineData("model_ema.decay", nameof(LdmPart.Ignored), null)]
    [InlineData("model_ema.num_updates", nameof(LdmPart.Ignored), null)]
    [InlineData("first_stage_model.loss.logvar", nameof(LdmPart.Ignored), null)]
    [InlineData("alphas_cumprod_extra", nameof(LdmPart.Unknown), null)]
    [InlineData("model.diffusion_model.input_blocks.99999999999.0.weight", nameof(LdmPart.UNet), null)]
    [InlineData("model.diffusion_model.middle_block.3.weight", nameof(LdmPart.UNet), null)]
    public void Keys_that_files_have_besides_are_known_or_keep_their_name(string key, string part, string? name) =>
        Assert.Equal((Enum.Parse<LdmPart>(part), name ?? key), Map.FromLdm(key));

    [Fact]
    public void The_autoencoders_old_attention_names_are_brought_up_to_date()
    {
        foreach (var (old, now) in new[] { ("query", "to_q"), ("key", "to_k"), ("value", "to_v"), ("proj_attn", "to_out.0") })
        {
            Assert.Equal($"encoder.mid_block.attentions.0.{now}.weight",
                LdmKeyMap.WithoutLegacyNames($"encoder.mid_block.attentions.0.{old}.weight"));
            Assert.Equal(
                Map.ToLdm(LdmPart.Vae, $"decoder.mid_block.attentions.0.{now}.bias"),
                Map.ToLdm(LdmPart.Vae, $"decoder.mid_block.attentions.0.{old}.bias"));
        }

        Assert.Throws<ArgumentException>(() => Map.ToLdm(LdmPart.UNet, "no.such.tensor"));
    }

    [Fact]
    public void Our_U_Net_of_a_tenth_of_the_width_has_Stable_Diffusions_keys()
    {
        using var unet = new UNet2DConditionModel(
            UNet2DConditionConfig.From(Config("unet")) with { BlockOutChannels = [32, 64, 128, 128] });
        Assert.Equal(
            Tensors("sd15_keys/diffusers_unet.json").Select(t => t.GetProperty("key").GetString()!).Order(StringComparer.Ordinal),
            unet.state_dict().Keys.Order(StringComparer.Ordinal));
    }

    /// <summary>The real modules at full size, without the memory of their weights.</summary>
    [Theory]
    [InlineData("unet", 859_520_964)]
    [InlineData("vae", 83_653_863)]
    [InlineData("text_encoder", 123_060_480)]
    public void Our_networks_at_full_size_have_Stable_Diffusions_keys_shapes_and_parameter_counts(string network, long parameters)
    {
        var meta = new Device(DeviceType.META);
        using var scope = NewDisposeScope();
        using nn.Module module = network switch
        {
            "unet" => new UNet2DConditionModel(UNet2DConditionConfig.From(Config(network)), meta),
            "vae" => new AutoencoderKL(AutoencoderKLConfig.From(Config(network)), meta),
            _ => new CLIPTextModel(CLIPTextConfig.From(Config(network)), meta),
        };
        var expected = Tensors($"sd15_keys/diffusers_{network}.json")
            .ToDictionary(t => t.GetProperty("key").GetString()!, t => string.Join(",", Shape(t)));
        var actual = module.state_dict().ToDictionary(p => p.Key, p => string.Join(",", p.Value.shape));
        Assert.Equal(expected.OrderBy(e => e.Key, StringComparer.Ordinal), actual.OrderBy(e => e.Key, StringComparer.Ordinal));
        Assert.Equal(parameters, module.parameters().Sum(p => p.numel()));
        Assert.Equal(parameters, GoldenCase.ReadJson("sd15_keys/configs.json").GetProperty("parameters").GetProperty(network).GetInt64());
    }

    [Fact]
    public void The_configurations_shipped_for_single_files_are_Stable_Diffusions()
    {
        var golden = GoldenCase.ReadJson("sd15_keys/configs.json");
        foreach (var (network, _) in Networks().Select(n => n.Data))
        {
            using var shipped = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(StableDiffusion1.Folder, network, "config.json")));
            foreach (var setting in golden.GetProperty(network).EnumerateObject())
                Assert.True(JsonElement.DeepEquals(setting.Value, shipped.RootElement.GetProperty(setting.Name)),
                    $"{network} {setting.Name}");
        }

        foreach (var file in new[] { "vocab.json", "merges.txt" })
        {
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(GoldenCase.Own, "tokenizer", file)),
                File.ReadAllBytes(Path.Combine(StableDiffusion1.Folder, "tokenizer", file)));
        }
    }

    private static ConfigJson Config(string network) => ConfigJson.Read(Path.Combine(StableDiffusion1.Folder, network, "config.json"));

    private static LdmPart Part(string name) => name switch
    {
        "unet" => LdmPart.UNet,
        "vae" => LdmPart.Vae,
        "text_encoder" => LdmPart.TextEncoder,
        "ignore" => LdmPart.Ignored,
        _ => throw new ArgumentException(name),
    };

    private static List<JsonElement> Tensors(string file) => [.. GoldenCase.ReadJson(file).GetProperty("tensors").EnumerateArray()];

    private static long[] Shape(JsonElement tensor) => [.. tensor.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
}
