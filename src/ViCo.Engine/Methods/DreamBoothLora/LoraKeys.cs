using System.Text.RegularExpressions;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;

namespace ViCo.Engine.Methods.DreamBoothLora;

/// <summary>How programs name the tensors of low-rank pairs: diffusers, old and new, PEFT, kohya and the web UI, mmagic.</summary>
internal static partial class LoraKeys
{
    /// <summary>Names of modules that hold an underscore of their own: kohya writes one for every dot.</summary>
    private static readonly HashSet<string> Words =
    [
        "down_blocks", "up_blocks", "mid_block", "transformer_blocks", "to_q", "to_k", "to_v", "to_out", "proj_in", "proj_out",
        "conv_in", "conv_out", "conv_shortcut", "time_emb_proj", "time_embedding", "linear_1", "linear_2", "text_model", "self_attn",
        "q_proj", "k_proj", "v_proj", "out_proj",
    ];

    /// <summary>What a key means; null where it is of no LoRA file, or of networks that Stable Diffusion 1.x does not have.</summary>
    public static LoraKey? Read(string key)
    {
        if (KohyaKey.Match(key) is { Success: true } kohya)
        {
            var role = kohya.Groups["role"].Value;
            return new(
                kohya.Groups["net"].Value == "unet" ? NetworkLayer.OfUNet : NetworkLayer.OfText, Dotted(kohya.Groups["path"].Value),
                role == "lora_down.weight" ? LoraRole.Down : role == "lora_up.weight" ? LoraRole.Up : LoraRole.Alpha);
        }
        Regex[] forms = [PeftKey, DiffusersKey, MappingKey, ProcessorKey];
        var match = forms.Select(form => form.Match(key)).FirstOrDefault(m => m.Success);
        if (match is null) return null;
        var (path, layer) = (match.Groups["path"].Value, match.Groups["layer"].Value);
        var network = match.Groups["net"].Value switch
        {
            "text_encoder" => NetworkLayer.OfText,
            "unet" => NetworkLayer.OfUNet,
            // Without a prefix the first module tells.
            _ => path.Split('.')[0] switch
            {
                "text_model" => NetworkLayer.OfText,
                "down_blocks" or "mid_block" or "up_blocks" or "conv_in" or "conv_out" or "time_embedding" => NetworkLayer.OfUNet,
                _ => null,
            },
        };
        if (network is null) return null;
        if (layer.Length > 0)
            path += network == NetworkLayer.OfText ? $".{layer}_proj" : layer == "out" ? ".to_out.0" : $".to_{layer}";
        return new(network, path, match.Groups["role"].Value is "A" or "down" ? LoraRole.Down : LoraRole.Up);
    }

    /// <summary>As diffusers writes tensors, and as our own files have them.</summary>
    public static LoraNaming Diffusers { get; } = new(
        "lora-diffusers", key => LowRank.KeyOf(key.Network, key.Path, key.Role == LoraRole.Down ? "down" : "up"));

    /// <summary>As PEFT writes them.</summary>
    public static LoraNaming Peft { get; } = new(
        "lora-peft", key => $"{key.Network}.{key.Path}.lora_{(key.Role == LoraRole.Down ? "A" : "B")}.weight");

    /// <summary>As kohya's scripts and the web UI write them.</summary>
    public static LoraNaming Kohya { get; } = new(
        "lora-kohya", key => $"lora_{(key.Network == NetworkLayer.OfText ? "te" : "unet")}_{key.Path.Replace('.', '_')}."
            + key.Role switch { LoraRole.Down => "lora_down.weight", LoraRole.Up => "lora_up.weight", _ => "alpha" },
        AlphaInTensors: true);

    /// <summary>A path from one whose dots became underscores.</summary>
    private static string Dotted(string underscored)
    {
        var (pieces, path) = (underscored.Split('_'), new List<string>());
        for (var at = 0; at < pieces.Length;)
        {
            // The longest name that is known; else the piece alone.
            var take = Enumerable.Range(2, 2).Reverse().FirstOrDefault(
                n => at + n <= pieces.Length && Words.Contains(string.Join('_', pieces[at..(at + n)])), 1);
            path.Add(string.Join('_', pieces[at..(at + take)]));
            at += take;
        }
        return string.Join('.', path);
    }

    [GeneratedRegex(@"^lora_(?<net>unet|te1?)_(?<path>.+)\.(?<role>lora_down\.weight|lora_up\.weight|alpha)$")]
    private static partial Regex KohyaKey { get; }

    [GeneratedRegex(@"^(?:base_model\.model\.)?(?:(?<net>unet|text_encoder)\.)?(?<path>.+?)\.lora_(?<role>[AB])(?:\.\w+)?\.weight$")]
    private static partial Regex PeftKey { get; }

    [GeneratedRegex(@"^(?:(?<net>unet|text_encoder)\.)?(?<path>.+)\.lora(?:_linear_layer)?\.(?<role>down|up)\.weight$")]
    private static partial Regex DiffusersKey { get; }

    [GeneratedRegex(@"^(?:(?<net>unet|text_encoder)\.)?(?<path>.+)\.lora_mapping(?:\.\w+)?\.(?<role>down|up)\.weight$")]
    private static partial Regex MappingKey { get; }

    [GeneratedRegex(
        @"^(?:(?<net>unet|text_encoder)\.)?(?<path>.+?)(?:\.processor)?\.to_(?<layer>q|k|v|out)_lora\.(?<role>down|up)\.weight$")]
    private static partial Regex ProcessorKey { get; }
}
