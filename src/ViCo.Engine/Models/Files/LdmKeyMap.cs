using System.Globalization;
using ViCo.Engine.Models.UNet;

namespace ViCo.Engine.Models.Files;

/// <summary>Names of the original Stable Diffusion code (LDM, single files) and of diffusers, each from the other.</summary>
/// <remarks>
/// LDM numbers the U-Net's blocks through, diffusers by level, so the map depends on the network's shape. Weights of the autoencoder's
/// attention are 1 × 1 convolutions in LDM and linear layers in diffusers: the same numbers with two dimensions more.
/// </remarks>
/// <param name="layersPerBlock">Residual blocks per encoder level of the U-Net.</param>
/// <param name="upAttention">Whether decoder level i of the U-Net, from the coarsest, has transformers.</param>
/// <param name="vaeLevels">Levels of the autoencoder.</param>
internal sealed class LdmKeyMap(int layersPerBlock, IReadOnlyList<bool> upAttention, int vaeLevels)
{
    public const string UNetPrefix = "model.diffusion_model.", VaePrefix = "first_stage_model.",
    TextPrefix = "cond_stage_model.transformer.";
    private const string TextModel = "text_model.";

    private static readonly string[] IgnoredPrefixes =
        ["model_ema.", "first_stage_model.loss.", "embedding_manager.", "cond_stage_model.logit_scale", "cond_stage_model.text_projection",
            "denoiser.", "safety_checker."];

    private static readonly HashSet<string> IgnoredNames = new(StringComparer.Ordinal)
    {
        "betas", "alphas_cumprod", "alphas_cumprod_prev", "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod",
        "log_one_minus_alphas_cumprod",
        "sqrt_recip_alphas_cumprod", "sqrt_recipm1_alphas_cumprod", "posterior_variance", "posterior_log_variance_clipped",
        "posterior_mean_coef1",
        "posterior_mean_coef2", "lvlb_weights", "logvar", "scale_factor",
    };

    private static readonly (string Ldm, string Diffusers)[] Residual =
    [
        ("in_layers.0", "norm1"), ("in_layers.2", "conv1"), ("emb_layers.1", "time_emb_proj"), ("out_layers.0", "norm2"),
        ("out_layers.3", "conv2"),
        ("skip_connection", "conv_shortcut"),
    ];

    private static readonly (string Ldm, string Diffusers)[] VaeAttention =
        [("norm", "group_norm"), ("q", "to_q"), ("k", "to_k"), ("v", "to_v"), ("proj_out", "to_out.0")];

    private static readonly (string Old, string New)[] LegacyVaeAttention =
        [("query", "to_q"), ("key", "to_k"), ("value", "to_v"), ("proj_attn", "to_out.0")];

    private readonly int _stride = layersPerBlock + 1;

    /// <summary>Stable Diffusion 1.x.</summary>
    public static LdmKeyMap StableDiffusion1 { get; } = new(2, [false, true, true, true], 4);

    public static LdmKeyMap For(UNet2DConditionConfig unet, int vaeLevels) => new(unet.LayersPerBlock, unet.UpAttention, vaeLevels);

    /// <summary>
    /// The part and the diffusers name of a single file's key. A name that no network has maps to
    /// one that none has, for a loader to report.
    /// </summary>
    public (LdmPart Part, string Name) FromLdm(string key)
    {
        if (IgnoredNames.Contains(key) || Array.Exists(IgnoredPrefixes, p => key.StartsWith(p, StringComparison.Ordinal)))
            return (LdmPart.Ignored, key);
        if (After(key, UNetPrefix) is { } unet)
            return (LdmPart.UNet, UNetFromLdm(unet) ?? key);
        if (After(key, VaePrefix) is { } vae)
            return (LdmPart.Vae, VaeFromLdm(vae) ?? key);
        if (After(key, TextPrefix) is not { } text)
            return (LdmPart.Unknown, key);
        text = After(text, TextModel) ?? text;                  // some files leave it out
        return text == "embeddings.position_ids" ? (LdmPart.Ignored, key) : (LdmPart.TextEncoder, TextModel + text);
    }

    /// <summary>The single file's key of a diffusers name.</summary>
    /// <exception cref="ArgumentException">No network has a tensor of that name.</exception>
    public string ToLdm(LdmPart part, string name) => part switch
    {
        LdmPart.UNet when UNetToLdm(name) is { } key => UNetPrefix + key,
        LdmPart.Vae when VaeToLdm(WithoutLegacyNames(name)) is { } key => VaePrefix + key,
        LdmPart.TextEncoder when name.StartsWith(TextModel, StringComparison.Ordinal) => TextPrefix + name,
        _ => throw new ArgumentException($"'{name}' is no tensor of a {part}.", nameof(name)),
    };

    /// <summary>diffusers' own older names of the autoencoder's attention, brought up to date.</summary>
    public static string WithoutLegacyNames(string vaeName)
    {
        const string Place = ".attentions.0.";
        var at = vaeName.IndexOf(Place, StringComparison.Ordinal);
        return at < 0 ? vaeName : vaeName[..(at + Place.Length)] + Swap(vaeName[(at + Place.Length)..], LegacyVaeAttention);
    }

    /// <summary>Whether a weight of this (diffusers) name is a 1 × 1 convolution in single files.</summary>
    public static bool IsConvolutionInLdm(LdmPart part, string name) =>
        part == LdmPart.Vae && name.Contains(".attentions.", StringComparison.Ordinal) && name.EndsWith(".weight", StringComparison.Ordinal)
        && !name.Contains(".group_norm.", StringComparison.Ordinal);

    private string? UNetFromLdm(string key) => key.Split('.') switch
    {
        ["time_embed", "0", .. var rest] => Join("time_embedding.linear_1", rest),
        ["time_embed", "2", .. var rest] => Join("time_embedding.linear_2", rest),
        ["input_blocks", "0", "0", .. var rest] => Join("conv_in", rest),
        ["input_blocks", var n, "0", "op", .. var rest] when Block(n) is > 0 and var i && i % _stride == 0 =>
            Join($"down_blocks.{(i / _stride) - 1}.downsamplers.0.conv", rest),
        ["input_blocks", var n, "0", .. var rest] when Block(n) is > 0 and var i =>
            Join($"down_blocks.{(i - 1) / _stride}.resnets.{(i - 1) % _stride}", FromResidual(rest)),
        ["input_blocks", var n, "1", .. var rest] when Block(n) is > 0 and var i =>
            Join($"down_blocks.{(i - 1) / _stride}.attentions.{(i - 1) % _stride}", rest),
        ["middle_block", "0", .. var rest] => Join("mid_block.resnets.0", FromResidual(rest)),
        ["middle_block", "1", .. var rest] => Join("mid_block.attentions.0", rest),
        ["middle_block", "2", .. var rest] => Join("mid_block.resnets.1", FromResidual(rest)),
        ["output_blocks", var n, "0", .. var rest] when Block(n) is { } i =>
            Join($"up_blocks.{i / _stride}.resnets.{i % _stride}", FromResidual(rest)),
        ["output_blocks", var n, "1" or "2", "conv", .. var rest] when Block(n) is { } i =>
            Join($"up_blocks.{i / _stride}.upsamplers.0.conv", rest),
        ["output_blocks", var n, "1", .. var rest] when Block(n) is { } i =>
            Join($"up_blocks.{i / _stride}.attentions.{i % _stride}", rest),
        ["out", "0", .. var rest] => Join("conv_norm_out", rest),
        ["out", "2", .. var rest] => Join("conv_out", rest),
        _ => null,
    };

    private string? UNetToLdm(string name) => name.Split('.') switch
    {
        ["time_embedding", "linear_1", .. var rest] => Join("time_embed.0", rest),
        ["time_embedding", "linear_2", .. var rest] => Join("time_embed.2", rest),
        ["conv_in", .. var rest] => Join("input_blocks.0.0", rest),
        ["down_blocks", var l, "downsamplers", "0", "conv", .. var rest] when Block(l) is { } level =>
            Join($"input_blocks.{(level + 1) * _stride}.0.op", rest),
        ["down_blocks", var l, "resnets", var n, .. var rest] when Block(l) is { } level && Block(n) is { } i =>
            Join($"input_blocks.{(level * _stride) + i + 1}.0", ToResidual(rest)),
        ["down_blocks", var l, "attentions", var n, .. var rest] when Block(l) is { } level && Block(n) is { } i =>
            Join($"input_blocks.{(level * _stride) + i + 1}.1", rest),
        ["mid_block", "resnets", "0", .. var rest] => Join("middle_block.0", ToResidual(rest)),
        ["mid_block", "attentions", "0", .. var rest] => Join("middle_block.1", rest),
        ["mid_block", "resnets", "1", .. var rest] => Join("middle_block.2", ToResidual(rest)),
        ["up_blocks", var l, "resnets", var n, .. var rest] when Block(l) is { } level && Block(n) is { } i =>
            Join($"output_blocks.{(level * _stride) + i}.0", ToResidual(rest)),
        ["up_blocks", var l, "attentions", var n, .. var rest] when Block(l) is { } level && Block(n) is { } i =>
            Join($"output_blocks.{(level * _stride) + i}.1", rest),
        // The up-sampling is the last module of a level's last block: after the transformer, where there is one.
        ["up_blocks", var l, "upsamplers", "0", "conv", .. var rest] when Block(l) is { } level && level < upAttention.Count =>
            Join($"output_blocks.{(level * _stride) + _stride - 1}.{(upAttention[level] ? 2 : 1)}.conv", rest),
        ["conv_norm_out", .. var rest] => Join("out.0", rest),
        ["conv_out", .. var rest] => Join("out.2", rest),
        _ => null,
    };

    private string? VaeFromLdm(string key) => key.Split('.') switch
    {
        ["encoder", "down", var l, "block", var n, .. var rest] => Join($"encoder.down_blocks.{l}.resnets.{n}", FromVaeResidual(rest)),
        ["encoder", "down", var l, "downsample", "conv", .. var rest] => Join($"encoder.down_blocks.{l}.downsamplers.0.conv", rest),
        ["decoder", "up", var l, "block", var n, .. var rest] when Block(l) is { } level =>
            Join($"decoder.up_blocks.{vaeLevels - 1 - level}.resnets.{n}", FromVaeResidual(rest)),
        ["decoder", "up", var l, "upsample", "conv", .. var rest] when Block(l) is { } level =>
            Join($"decoder.up_blocks.{vaeLevels - 1 - level}.upsamplers.0.conv", rest),
        [var side, "mid", "block_1", .. var rest] => Join($"{side}.mid_block.resnets.0", FromVaeResidual(rest)),
        [var side, "mid", "attn_1", .. var rest] => $"{side}.mid_block.attentions.0.{Swap(string.Join('.', rest), VaeAttention)}",
        [var side, "mid", "block_2", .. var rest] => Join($"{side}.mid_block.resnets.1", FromVaeResidual(rest)),
        [var side, "norm_out", .. var rest] => Join($"{side}.conv_norm_out", rest),
        ["encoder" or "decoder", "conv_in" or "conv_out", ..] or ["quant_conv" or "post_quant_conv", _] => key,
        _ => null,
    };

    private string? VaeToLdm(string name) => name.Split('.') switch
    {
        ["encoder", "down_blocks", var l, "resnets", var n, .. var rest] => Join($"encoder.down.{l}.block.{n}", ToVaeResidual(rest)),
        ["encoder", "down_blocks", var l, "downsamplers", "0", "conv", .. var rest] => Join($"encoder.down.{l}.downsample.conv", rest),
        ["decoder", "up_blocks", var l, "resnets", var n, .. var rest] when Block(l) is { } level =>
            Join($"decoder.up.{vaeLevels - 1 - level}.block.{n}", ToVaeResidual(rest)),
        ["decoder", "up_blocks", var l, "upsamplers", "0", "conv", .. var rest] when Block(l) is { } level =>
            Join($"decoder.up.{vaeLevels - 1 - level}.upsample.conv", rest),
        [var side, "mid_block", "resnets", "0", .. var rest] => Join($"{side}.mid.block_1", ToVaeResidual(rest)),
        [var side, "mid_block", "attentions", "0", .. var rest] => $"{side}.mid.attn_1.{SwapBack(string.Join('.', rest), VaeAttention)}",
        [var side, "mid_block", "resnets", "1", .. var rest] => Join($"{side}.mid.block_2", ToVaeResidual(rest)),
        [var side, "conv_norm_out", .. var rest] => Join($"{side}.norm_out", rest),
        ["encoder" or "decoder", "conv_in" or "conv_out", ..] or ["quant_conv" or "post_quant_conv", _] => name,
        _ => null,
    };

    private static string[] FromResidual(string[] parts) => [Swap(string.Join('.', parts), Residual)];

    private static string[] ToResidual(string[] parts) => [SwapBack(string.Join('.', parts), Residual)];

    private static string[] FromVaeResidual(string[] parts) => [.. parts.Select(p => p == "nin_shortcut" ? "conv_shortcut" : p)];

    private static string[] ToVaeResidual(string[] parts) => [.. parts.Select(p => p == "conv_shortcut" ? "nin_shortcut" : p)];

    private static string Swap(string name, (string From, string To)[] names)
    {
        foreach (var (from, to) in names)
        {
            if (After(name, $"{from}.") is { } rest)
                return $"{to}.{rest}";
        }

        return name;
    }

    private static string SwapBack(string name, (string To, string From)[] names) => Swap(name, [.. names.Select(n => (n.From, n.To))]);

    private static string Join(string start, string[] rest) => rest.Length == 0 ? start : $"{start}.{string.Join('.', rest)}";

    private static string? After(string text, string prefix) => text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..]
        : null;

    private static int? Block(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < 1000 ? number : null;
}
