using System.Text.Json;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.DreamBoothLora;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Tests.Engine;
using ViCo.Options;
using AdamW = ViCo.Engine.Training.AdamW;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("lora_tiny")]
public sealed class LoraTests
{
    public static TheoryData<string> Cases() => GoldenCase.In("lora_tiny", name => name.Contains("/unet_", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Two_steps_of_pairs_in_the_UNet_give_the_stored_noise_gradients_and_changes(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        var lora = golden.Config.GetProperty("lora");
        using var model = Model(golden, out var folder);
        using var _ = folder;
        using var pairs = Pairs(model, golden, lora, NetworkLayer.OfUNet);
        using var optimizer = new AdamW(Groups(pairs, golden), Decay(golden));
        var order = Names(golden.Config, "tensor_order");
        var start = pairs.Tensors.ToDictionary(t => Peft(t.Name), t => t.Parameter.detach().clone());
        var losses = new List<float>();
        for (var i = 0; i < 2; i++)
        {
            int[] timesteps = [.. golden.Input($"t.{i}").data<long>().Select(t => (int)t)];
            var noise = golden.Input($"noise.{i}");
            var noisy = model.Schedule.AddNoise(golden.Input($"z.{i}"), noise, timesteps);
            golden.Check($"noisy.{i}", noisy);
            optimizer.ZeroGrad();
            var found = model.UNet.call(noisy, golden.Input($"t.{i}"), new(golden.Input($"context.{i}")), Joined(pairs));
            golden.Check($"eps.{i}", found);
            var loss = nn.functional.mse_loss(found, noise);
            losses.Add(loss.item<float>());
            loss.backward();
            var tensors = pairs.Tensors.ToDictionary(t => Peft(t.Name), t => t.Parameter);
            golden.Check($"grad_norm.{i}", stack([.. order.Select(n => tensors[n].grad!.norm())]));
            CheckAll($"grad.{i}.", n => tensors[n].grad!);
            optimizer.Step();
            golden.Check($"delta_norm.{i + 1}", stack([.. order.Select(n => (tensors[n].detach() - start[n]).norm())]));
            CheckAll($"delta{i + 1}.", n => tensors[n].detach() - start[n]);
        }
        golden.Check("loss", tensor(losses.ToArray()));
        Assert.All(model.UNet.parameters(), p => Assert.Null(p.grad));

        void CheckAll(string prefix, Func<string, Tensor> found)
        {
            foreach (var output in golden.OutputNames.Where(o => o.StartsWith(prefix, StringComparison.Ordinal)))
                golden.Check(output, found(output[prefix.Length..]));
        }
    }

    [Fact]
    public void Pairs_in_the_text_tower_give_the_stored_states_noise_and_gradients()
    {
        using var golden = GoldenCase.Open("lora_tiny/text_encoder");
        using var scope = NewDisposeScope();
        using var model = Model(golden, out var folder);
        using var _ = folder;
        var lora = golden.Config.GetProperty("lora");
        using var text = Pairs(model, golden, lora, NetworkLayer.OfText);
        using var unet = Pairs(model, golden, lora, NetworkLayer.OfUNet);
        int[] timesteps = [.. golden.Input("t").data<long>().Select(t => (int)t)];
        var noise = golden.Input("noise");
        var pass = Joined(text, unet);
        var hidden = model.TextEncoder.call(golden.Input("input_ids"), pass);
        golden.Check("hidden", hidden);
        var found = model.UNet.call(model.Schedule.AddNoise(golden.Input("z"), noise, timesteps), golden.Input("t"), new(hidden), pass);
        golden.Check("eps", found);
        var loss = nn.functional.mse_loss(found, noise);
        golden.Check("loss", loss.view(1));
        loss.backward();
        foreach (var (name, parameter) in text.Tensors)
            golden.Check($"grad.{Peft(name)}", parameter.grad!);
        var tensors = unet.Tensors.ToDictionary(t => Peft(t.Name), t => t.Parameter);
        golden.Check("grad_norm.unet", stack([.. Names(golden.Config, "tensor_order_unet").Select(n => tensors[n].grad!.norm())]));
    }

    [Fact]
    public void Two_sets_of_pairs_at_once_count_by_their_weights()
    {
        using var golden = GoldenCase.Open("lora_tiny/multi_adapter");
        using var scope = NewDisposeScope();
        using var model = Model(golden, out var folder);
        using var _ = folder;
        foreach (var (i, pair) in golden.Config.GetProperty("weights").EnumerateArray().Index())
            golden.Check($"eps.{i}", Eps(pair[0].GetDouble(), pair[1].GetDouble()));
        golden.Check("eps.only_b_0.5", Eps(0, 0.5));

        Tensor Eps(double a, double b)
        {
            using var noGrad = no_grad();
            using var first = Pairs(model, golden, golden.Config.GetProperty("a"), NetworkLayer.OfUNet, weight: a);
            using var second = Pairs(model, golden, golden.Config.GetProperty("b"), NetworkLayer.OfUNet, weight: b);
            return model.UNet.call(golden.Input("x"), golden.Input("t"), new(golden.Input("context")), Joined(first, second));
        }
    }

    public static TheoryData<string, string> Files() => new()
    {
        { "diffusers", "diffusers/pytorch_lora_weights.safetensors" },
        { "diffusers_metadata", "diffusers_metadata/pytorch_lora_weights.safetensors" },
        { "kohya", "kohya/lora_kohya.safetensors" },
        { "attn_procs", "attn_procs/pytorch_lora_weights.bin" },
        { "attn_procs_prefixed", "attn_procs_prefixed/pytorch_lora_weights.safetensors" },
        { "attn_procs", "peft/pytorch_lora_weights.safetensors" },
    };

    /// <summary>The file as it is, and as we write it on for each of the other programs.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_of_any_program_becomes_ours_and_every_other_programs_and_draws_the_stored_noise(string output, string file)
    {
        using var golden = GoldenCase.Open("lora_tiny/files");
        using var scope = NewDisposeScope();
        using var model = Model(golden, out var folder);
        using var _ = folder;
        var work = Directory.CreateTempSubdirectory("vico-lora").FullName;
        try
        {
            var ours = Path.Combine(work, "ours.safetensors");
            Import(GoldenCase.PathOf(["lora_tiny", .. file.Split('/')]), ours);
            golden.Check($"eps.{output}", Eps(ours));
            foreach (var format in new[] { "lora-diffusers", "lora-peft", "lora-kohya" })
            {
                var (theirs, again) = (Path.Combine(work, $"{format}.safetensors"), Path.Combine(work, $"{format}-again.safetensors"));
                ConceptConversion.Export([ours], format, theirs);
                Import(theirs, again);
                golden.Check($"eps.{output}", Eps(again));
            }
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }

        void Import(string theirs, string ours) => ConceptConversion.Import([theirs], folder.Path, "toy", (metadata, write) =>
        {
            Assert.Equal("dreambooth-lora", metadata.Method);
            File.WriteAllBytes(ours, Written.By(write));
        });

        Tensor Eps(string path)
        {
            using var noGrad = no_grad();
            using var concept = Concept.Load(model, KnownMethods.All, File.ReadAllBytes(path).Stored("ours"));
            var pass = concept.Join(new(), Share.Whole);
            var context = model.TextEncoder.call(golden.Input("input_ids"), pass);
            return model.UNet.call(golden.Input("x"), golden.Input("t"), new(context), pass);
        }
    }

    [Theory]
    [InlineData("lora_unet_up_blocks_3_attentions_2_transformer_blocks_0_ff_net_0_proj.lora_down.weight",
        "unet up_blocks.3.attentions.2.transformer_blocks.0.ff.net.0.proj Down")]
    [InlineData("lora_unet_down_blocks_0_attentions_0_proj_in.alpha", "unet down_blocks.0.attentions.0.proj_in Alpha")]
    [InlineData("lora_te1_text_model_encoder_layers_11_mlp_fc1.lora_up.weight", "text_encoder text_model.encoder.layers.11.mlp.fc1 Up")]
    [InlineData("base_model.model.unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_out.0.lora_A.default.weight",
        "unet mid_block.attentions.0.transformer_blocks.0.attn1.to_out.0 Down")]
    [InlineData("text_encoder.text_model.encoder.layers.0.self_attn.to_out_lora.up.weight",
        "text_encoder text_model.encoder.layers.0.self_attn.out_proj Up")]
    [InlineData("mid_block.attentions.0.transformer_blocks.0.attn2.to_k.lora_mapping.cat.down.weight",
        "unet mid_block.attentions.0.transformer_blocks.0.attn2.to_k Down")]
    [InlineData("lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", null)]
    [InlineData("transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight", null)]
    public void A_key_is_read_whichever_program_wrote_it_and_one_of_other_networks_is_not(string key, string? meaning) =>
        Assert.Equal(meaning, LoraKeys.Read(key) is { } read ? $"{read.Network} {read.Path} {read.Role}" : null);

    [Fact]
    public void A_file_of_another_network_or_half_of_a_pair_is_refused_by_name_and_not_loaded_empty()
    {
        using var scope = NewDisposeScope();
        var work = Directory.CreateTempSubdirectory("vico-lora").FullName;
        try
        {
            var path = Path.Combine(work, "foreign.safetensors");
            Refused("names no layer of Stable Diffusion 1.x", "transformer.blocks.0.attn.to_q.lora_A.weight");
            Refused("has half of a low-rank pair", "unet.mid_block.attentions.0.proj_in.lora.down.weight");

            void Refused(string reason, string key)
            {
                File.WriteAllBytes(path, SafetensorsWriter.ToBytes([new(key, zeros(2, 4)), new(key.Replace('0', '1'), zeros(2, 4))]));
                var error = Assert.Throws<InvalidDataException>(() => ConceptImport.Read([path]));
                Assert.Contains(reason, error.Message, StringComparison.Ordinal);
            }
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    [Theory]
    [InlineData(false, 2, 1)]
    [InlineData(true, 4, 2)]
    public void A_headers_alpha_counts_for_its_network_but_for_layers_of_their_own_and_by_the_ranks_root_where_it_says_so(
        bool root, double query, double key)
    {
        using var scope = NewDisposeScope();
        var path = Path.GetTempFileName();
        try
        {
            const string block = "unet.mid_block.attentions.0.transformer_blocks.0.attn2";
            var up = randn(8, 4);
            File.WriteAllBytes(path, SafetensorsWriter.ToBytes(
                new[] { "to_q", "to_k" }.SelectMany(layer => new KeyValuePair<string, Tensor>[]
                {
                    new($"{block}.{layer}.lora_A.weight", zeros(4, 8)), new($"{block}.{layer}.lora_B.weight", up),
                }),
                new Dictionary<string, string>
                {
                    [LowRank.Metadata] = $$"""
                        {"unet.lora_alpha": 8, "unet.alpha_pattern": {"attn2.to_k": 4}, "unet.use_rslora": {{(root ? "true" : "false")}}}
                        """,
                }));
            using var concept = ConceptImport.Read([path]);
            Assert.True(concept.Others[$"{block}.to_q.lora.up.weight"].equal(up.Times(query)).all().item<bool>());
            Assert.True(concept.Others[$"{block}.to_k.lora.up.weight"].equal(up.Times(key)).all().item<bool>());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_pair_of_a_layer_that_takes_none_is_named_as_what_does_not_fit()
    {
        using var golden = GoldenCase.Open("lora_tiny/files");
        using var scope = NewDisposeScope();
        using var folder = GoldenModel.Folder(golden);
        var work = Directory.CreateTempSubdirectory("vico-lora").FullName;
        try
        {
            var path = Path.Combine(work, "convolutions.safetensors");
            string[] layers = ["mid_block.attentions.0.transformer_blocks.0.attn1.to_q", "mid_block.resnets.0.conv1"];
            File.WriteAllBytes(path, SafetensorsWriter.ToBytes(layers.SelectMany(layer => new KeyValuePair<string, Tensor>[]
            {
                new($"unet.{layer}.lora.down.weight", zeros(2, 4)), new($"unet.{layer}.lora.up.weight", zeros(4, 2)),
            })));
            var error = Assert.Throws<InvalidDataException>(() => ConceptConversion.Import([path], folder.Path, "toy", (_, _) => { }));
            Assert.Contains("unexpected unet.mid_block.resnets.0.conv1.lora.down.weight", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    internal static BaseModel Model(GoldenCase golden, out ModelFolder folder)
    {
        folder = GoldenModel.Folder(golden);
        return BaseModel.Load(folder.Path, CPU);
    }

    internal static Adaptation Joined(params ReadOnlySpan<LowRank> pairs)
    {
        var pass = new Adaptation();
        foreach (var some in pairs) some.Join(pass, Share.Whole);
        return pass;
    }

    /// <summary>The case's pairs of one network, ready to be trained.</summary>
    internal static LowRank Pairs(BaseModel model, GoldenCase golden, JsonElement lora, string network, double weight = 1)
    {
        var rank = GoldenNetworks.Int(lora, "rank");
        var key = network == NetworkLayer.OfText ? "text_targets" : lora.TryGetProperty("unet_targets", out _) ? "unet_targets" : "targets";
        var targets = lora.TryGetProperty(key, out _) ? Names(lora, key) : LowRank.Usual(network);
        var layers = NetworkLayer.Of(model).Where(l => l.Network == network && targets.Any(l.EndsIn)).ToList();
        var prefix = lora.TryGetProperty("recipe_prefix", out var own) ? own.GetString() : "";
        var pairs = new LowRank(model, layers, rank, weight * lora.GetProperty("alpha").GetDouble() / rank, 1e-4);
        using var noGrad = no_grad();
        foreach (var (name, parameter) in pairs.Tensors)
        {
            using var scope = NewDisposeScope();
            parameter.copy_(golden.Parameter(prefix + Peft(name), parameter.shape));
        }
        return pairs;
    }

    private static IReadOnlyList<ParameterGroup> Groups(LowRank pairs, GoldenCase golden) =>
        [new(golden.Config.GetProperty("optimizer").GetProperty("lr").GetDouble(), pairs.Tensors)];

    private static double Decay(GoldenCase golden) => golden.Config.GetProperty("optimizer").GetProperty("weight_decay").GetDouble();

    private static string Peft(string ours)
    {
        var key = LoraKeys.Read(ours)!;
        return $"{key.Path}.lora_{(key.Role == LoraRole.Down ? "A" : "B")}.weight";
    }

    private static string[] Names(JsonElement json, string list) =>
        [.. json.GetProperty(list).EnumerateArray().Select(n => n.GetString()!)];
}
