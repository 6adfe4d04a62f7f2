using System.Text.Json;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Models.Vae;
using static TorchSharp.torch.nn;

namespace ViCo.Engine.Tests.Goldens;

/// <summary>Networks as a golden case's configuration describes them, filled by the recipe.</summary>
internal static class GoldenNetworks
{
    public static UNet2DConditionModel UNet(GoldenCase golden)
    {
        var c = golden.Config.GetProperty("unet");
        var channels = Ints(c, "channel_mult").Select(m => m * Int(c, "model_channels")).ToArray();
        var attention = Ints(c, "attention_resolutions");
        bool[] down = [.. channels.Select((_, level) => attention.Contains(1 << level))];
        var unet = new UNet2DConditionModel(new(
            Int(c, "in_channels"), Int(c, "out_channels"), channels, Int(c, "num_res_blocks"), down, [.. down.Reverse()],
            [.. channels.Select(_ => Int(c, "num_heads"))], Int(c, "context_dim"), Int(c, "norm_groups"), 1e-5,
            CosineFirst: true, FrequencyShift: 0, SampleSize: 16));
        Fill(unet, golden);
        if (golden.Config.TryGetProperty("parameter_tensors", out var count) && !golden.Config.TryGetProperty("image_block_tensors", out _))
            Assert.Equal(count.GetInt32(), unet.named_parameters().Count());
        return unet;
    }

    public static ImageCrossAttention ImageBlocks(UNet2DConditionModel unet, GoldenCase golden)
    {
        var ids = golden.Config.TryGetProperty("image_block_ids", out var list) ? [.. list.EnumerateArray().Select(e => e.GetInt32())]
            : new[] { 8, 10, 12, 14 };
        var blocks = new ImageCrossAttention(unet, ids);
        using var noGrad = no_grad();
        foreach (var (name, parameter) in blocks.NamedTensors())
        {
            using var scope = NewDisposeScope();
            parameter.copy_(golden.Parameter(name, parameter.shape));
        }
        return blocks;
    }

    public static AutoencoderKL Vae(GoldenCase golden)
    {
        var c = golden.Config.GetProperty("vae");
        var vae = new AutoencoderKL(new(
            Int(c, "in_channels"), Int(c, "out_channels"), [.. Ints(c, "ch_mult").Select(m => m * Int(c, "ch"))], Int(c, "num_res_blocks"),
            Int(c, "z_channels"), Int(c, "norm_groups"), c.GetProperty("scale_factor").GetDouble()));
        Fill(vae, golden);
        return vae;
    }

    /// <summary>Parameters from the recipe, keyed by <paramref name="prefix"/> + their own name; frozen.</summary>
    public static void Fill(Module module, GoldenCase golden, string prefix = "")
    {
        using (no_grad())
        {
            foreach (var (name, parameter) in module.named_parameters())
            {
                using var scope = NewDisposeScope();
                parameter.copy_(golden.Parameter(prefix + name, parameter.shape));
            }
        }
        StateDict.Freeze(module);
    }

    public static int Int(JsonElement e, string name) => e.GetProperty(name).GetInt32();

    public static int[] Ints(JsonElement e, string name) => [.. e.GetProperty(name).EnumerateArray().Select(v => v.GetInt32())];

    /// <summary>The case's positions: one pair of columns per sample.</summary>
    public static TokenPositions Positions(GoldenCase golden, IEnumerable<int> samples, long tokens)
    {
        var all = golden.Config.GetProperty("positions").EnumerateArray().ToArray();
        return TokenPositions.At([.. samples.Select(i => (new[] { Int(all[i], "placeholder") }, Int(all[i], "eot")))], (int)tokens, CPU);
    }
}
