namespace ViCo.Engine.Models.Vision;

/// <summary>What a DINO model's <c>config.json</c> says, in transformers' words or in ours for the official code's layout.</summary>
/// <param name="ImageSize">Side in pixels that the table of positions is made for.</param>
/// <param name="PatchSize">Side of a patch in pixels.</param>
internal sealed record DinoConfig(int Width, int Depth, int Heads, int Intermediate, int ImageSize, int PatchSize, double Eps)
{
    public static DinoConfig From(ConfigJson json) => json.Has("hidden_size")
        ? new(json.Int("hidden_size"), json.Int("num_hidden_layers"), json.Int("num_attention_heads"), json.Int("intermediate_size"),
            json.Int("image_size"), json.Int("patch_size"), json.Double("layer_norm_eps", 1e-6))
        : new(json.Int("embed_dim"), json.Int("depth"), json.Int("num_heads"), (int)(json.Int("embed_dim") * json.Double("mlp_ratio", 4)),
            json.Int("image_size"), json.Int("patch_size"), json.Double("layer_norm_eps", 1e-6));
}
