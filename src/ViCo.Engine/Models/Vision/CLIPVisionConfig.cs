using ViCo.Engine.Models.Text;

namespace ViCo.Engine.Models.Vision;

/// <summary>What a CLIP vision tower's part of <c>config.json</c> says.</summary>
/// <param name="ImageSize">Side of a picture in pixels.</param>
/// <param name="PatchSize">Side of a patch in pixels; one token each.</param>
internal sealed record CLIPVisionConfig(CLIPEncoderConfig Encoder, int ImageSize, int PatchSize)
{
    public static CLIPVisionConfig From(ConfigJson json) => new(
        new(json.Int("hidden_size"), json.Int("num_hidden_layers"), json.Int("num_attention_heads"), json.Int("intermediate_size"),
            json.Double("layer_norm_eps", 1e-5), CLIPTextConfig.QuickGeluIn(json), Causal: false),
        json.Int("image_size"), json.Int("patch_size"));
}
