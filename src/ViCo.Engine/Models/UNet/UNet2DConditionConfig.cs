namespace ViCo.Engine.Models.UNet;

/// <summary>What a U-Net's <c>config.json</c> says, checked against what this engine builds.</summary>
/// <param name="BlockOutChannels">Channels of each level, from the finest.</param>
/// <param name="DownAttention">Whether encoder level i has spatial transformers.</param>
/// <param name="UpAttention">Whether decoder level i (from the coarsest) has spatial transformers.</param>
/// <param name="Heads">Attention heads of each level, from the finest. The file calls it <c>attention_head_dim</c>.</param>
/// <param name="SampleSize">Side in latent cells that the model was trained at.</param>
internal sealed record UNet2DConditionConfig(
    int InChannels, int OutChannels, IReadOnlyList<int> BlockOutChannels, int LayersPerBlock,
    IReadOnlyList<bool> DownAttention, IReadOnlyList<bool> UpAttention, IReadOnlyList<int> Heads,
    int CrossAttentionDim, int NormGroups, double NormEps, bool CosineFirst, double FrequencyShift, int SampleSize)
{
    /// <exception cref="InvalidDataException">A key is missing, or asks for a network this engine does not have.</exception>
    public static UNet2DConditionConfig From(ConfigJson json)
    {
        var channels = json.Ints("block_out_channels");
        json.Require("act_fn", json.Text("act_fn", "silu"), "silu");
        json.Require("use_linear_projection", json.Bool("use_linear_projection", false), false);
        json.Require("dual_cross_attention", json.Bool("dual_cross_attention", false), false);
        json.Require("center_input_sample", json.Bool("center_input_sample", false), false);
        json.Require("downsample_padding", json.Int("downsample_padding", 1), 1);
        json.Require("mid_block_scale_factor", json.Double("mid_block_scale_factor", 1), 1.0);
        json.Require("transformer_layers_per_block", json.Int("transformer_layers_per_block", 1), 1);
        json.Require("mid_block_type", json.Text("mid_block_type", "UNetMidBlock2DCrossAttn"), "UNetMidBlock2DCrossAttn");
        return new(
            json.Int("in_channels"), json.Int("out_channels"), channels, json.Int("layers_per_block"),
            Attention(json, "down_block_types", "CrossAttnDownBlock2D", "DownBlock2D", channels.Count),
            Attention(json, "up_block_types", "CrossAttnUpBlock2D", "UpBlock2D", channels.Count),
            json.IntOrList("attention_head_dim", channels.Count), json.Int("cross_attention_dim"),
            json.Int("norm_num_groups", 32), json.Double("norm_eps", 1e-5),
            json.Bool("flip_sin_to_cos", true), json.Double("freq_shift", 0), json.Int("sample_size"));
    }

    private static bool[] Attention(ConfigJson json, string key, string with, string without, int levels)
    {
        var types = json.Texts(key);
        if (types.Count != levels) throw json.Error($"'{key}' has {types.Count} entries; wanted one per level, {levels}.");
        return [.. types.Select(t => t == with || (t == without ? false
            : throw json.Error($"'{key}' holds '{t}'; this engine has {with} and {without}.")))];
    }
}
