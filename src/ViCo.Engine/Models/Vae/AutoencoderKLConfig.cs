namespace ViCo.Engine.Models.Vae;

/// <summary>What an autoencoder's <c>config.json</c> says.</summary>
/// <param name="BlockOutChannels">Channels of each level, from the finest; each level but the last halves the map.</param>
/// <param name="ScalingFactor">Multiplies encoded latents to unit variance; 0.18215 for Stable Diffusion 1.x.</param>
internal sealed record AutoencoderKLConfig(
    int InChannels, int OutChannels, IReadOnlyList<int> BlockOutChannels, int LayersPerBlock, int LatentChannels, int NormGroups,
    double ScalingFactor)
{
    /// <exception cref="InvalidDataException">A key is missing, or asks for a network this engine does not have.</exception>
    public static AutoencoderKLConfig From(ConfigJson json)
    {
        json.Require("act_fn", json.Text("act_fn", "silu"), "silu");
        json.Require("use_quant_conv", json.Bool("use_quant_conv", true), true);
        json.Require("use_post_quant_conv", json.Bool("use_post_quant_conv", true), true);
        json.Require("mid_block_add_attention", json.Bool("mid_block_add_attention", true), true);
        foreach (var type in json.Texts("down_block_types")) json.Require("down_block_types", type, "DownEncoderBlock2D");
        foreach (var type in json.Texts("up_block_types")) json.Require("up_block_types", type, "UpDecoderBlock2D");
        return new(json.Int("in_channels", 3), json.Int("out_channels", 3), json.Ints("block_out_channels"), json.Int("layers_per_block"),
            json.Int("latent_channels"), json.Int("norm_num_groups", 32), json.Double("scaling_factor", 0.18215));
    }

    /// <summary>Pixels per latent cell, each way.</summary>
    public int Downscale => 1 << (BlockOutChannels.Count - 1);
}
