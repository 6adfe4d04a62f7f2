using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Models.Vae;
using ViCo.Engine.Training;
using static TorchSharp.torch.nn;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("blocks_tiny")]
public sealed class BlocksTests
{
    public static TheoryData<string> Cases() => GoldenCase.In("blocks_tiny");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Single_modules_and_the_optimizer_give_the_stored_results(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        if (golden.Config.TryGetProperty("cases", out _)) CheckOptimizer(golden);
        else CheckModules(golden);
    }

    private static void CheckModules(GoldenCase golden)
    {
        using var noGrad = no_grad();
        var c = golden.Config;
        int width = GoldenNetworks.Int(c, "width"), heads = GoldenNetworks.Int(c, "heads"), context = GoldenNetworks.Int(c, "context_dim");
        var (mapSmall, map) = (golden.Input("map_small"), golden.Input("map"));
        var (tokensSmall, tokens) = (golden.Input("tokens_small"), golden.Input("tokens"));
        var text = new AttentionContext(golden.Input("context"));
        var emb = golden.Input("emb");
        long Out(string module) => c.GetProperty(module).GetProperty("parameters").GetProperty($"blocks.{module}.conv2.bias")[0].GetInt64();

        using var res = Fill(new ResnetBlock2D(width, Out("res"), emb.shape[1], new(32, 1e-5)), "res");
        golden.Check("res.small", res.call(mapSmall, functional.silu(emb)));
        golden.Check("res.normal", res.call(map, functional.silu(emb)));

        using var spatial = Fill(new Transformer2DModel(0, new(width, context, heads), 32), "spatial_transformer");
        golden.Check("spatial_transformer.small", spatial.call(mapSmall, text, null));
        golden.Check("spatial_transformer.normal", spatial.call(map, text, null));

        using var block = Fill(new BasicTransformerBlock(new(width, context, heads)), "transformer_block");
        golden.Check("transformer_block.small", block.call(tokensSmall, text));
        golden.Check("transformer_block.normal", block.call(tokens, text));
        golden.Check("transformer_block.normal", block.Run(tokens, text, wanted: TextMap.Through).Tokens);

        using var image = Fill(new BasicTransformerBlock(new(width, width, heads)), "image_block");
        var reference = golden.Input("ref_tokens");
        var mask = golden.Input("mask").to(ScalarType.Bool);
        golden.Check("image_block.masked", image.call(tokens, Masked(mask)));
        golden.Check("image_block.one_key", image.call(tokens, Masked(golden.Input("mask_one").to(ScalarType.Bool))));
        golden.Check("image_block.all_keys", image.call(tokens, Masked(ones_like(mask))));
        golden.Check("image_block.no_keys", image.call(tokens, Masked(zeros_like(mask))));
        golden.Check("image_block.small", image.call(tokensSmall, Masked(mask)));

        using var norm = Fill(GroupNorm(32, width), "out.conv_norm_out");
        using var convOut = Fill(Conv2d(width, golden.Expected("out.small").shape[1], 3, padding: 1), "out.conv_out");
        golden.Check("out.small", convOut.call(functional.silu(norm.call(mapSmall))));
        golden.Check("out.normal", convOut.call(functional.silu(norm.call(map))));

        var odd = map.narrow(2, 0, 5).narrow(3, 0, 7);
        using var down = Fill(new Downsample2D(width, padding: 1), "down");
        golden.Check("down.even", down.call(map));
        golden.Check("down.odd", down.call(odd));
        using var up = Fill(new Upsample2D(width), "up");
        golden.Check("up.out", up.call(map.narrow(0, 0, 1).narrow(2, 0, 3).narrow(3, 0, 4)));

        using var vaeRes = Fill(new ResnetBlock2D(width, Out("vae_res"), null, new(32, 1e-6)), "vae_res");
        golden.Check("vae_res.small", vaeRes.call(mapSmall, null));
        golden.Check("vae_res.normal", vaeRes.call(map, null));
        using var vaeAttention = Fill(new VaeAttention(width, 32), "vae_attn");
        golden.Check("vae_attn.small", vaeAttention.call(mapSmall));
        golden.Check("vae_attn.normal", vaeAttention.call(map));
        using var vaeDown = Fill(new Downsample2D(width, padding: 0), "vae_down");
        golden.Check("vae_down.even", vaeDown.call(map));
        golden.Check("vae_down.odd", vaeDown.call(odd));

        using var feedForward = Fill(new FeedForward(width), "feed_forward");
        golden.Check("feed_forward.out", feedForward.call(tokens.narrow(0, 0, 1)));

        foreach (var output in golden.OutputNames.Where(o => o.StartsWith("timestep_embedding_", StringComparison.Ordinal)))
        {
            var channels = output["timestep_embedding_".Length..];
            golden.Check(output, TimestepEmbedding.Sinusoids(
                golden.Input($"timesteps_{channels}"), long.Parse(channels), cosineFirst: true, frequencyShift: 0));
        }

        AttentionContext Masked(Tensor keep) => ObjectMask.Context(reference, keep, "pre_softmax");

        T Fill<T>(T module, string key) where T : Module
        {
            GoldenNetworks.Fill(module, golden, $"blocks.{key}.");
            return module;
        }
    }

    private static void CheckOptimizer(GoldenCase golden)
    {
        foreach (var run in golden.Config.GetProperty("cases").EnumerateArray())
        {
            using var scope = NewDisposeScope();
            var name = run.GetProperty("name").GetString();
            var betas = run.GetProperty("betas");
            Assert.Equal((AdamW.Beta1, AdamW.Beta2, AdamW.Epsilon),
                (betas[0].GetDouble(), betas[1].GetDouble(), run.GetProperty("eps").GetDouble()));
            var parameter = Parameter(golden.Input("param").clone());
            using var optimizer = new AdamW(
                [new(run.GetProperty("lr").GetDouble(), [("p", parameter)])], run.GetProperty("weight_decay").GetDouble());
            for (var step = 0; step < GoldenNetworks.Int(run, "steps"); step++)
            {
                using (no_grad()) parameter.grad = golden.Input($"grad.{step}");
                optimizer.Step();
                if (golden.HasOutput($"{name}.after.{step + 1}")) golden.Check($"{name}.after.{step + 1}", parameter);
            }
        }
    }
}
