namespace ViCo.Engine.Models.Text;

/// <summary>What a CLIP text tower's <c>config.json</c> says.</summary>
/// <param name="MaxPositions">Tokens per prompt, 77 for CLIP.</param>
/// <param name="QuickGelu">x · σ(1.702 x) instead of the exact GELU.</param>
internal sealed record CLIPTextConfig(
    int VocabSize, int Width, int Layers, int Heads, int Intermediate, int MaxPositions, double Eps, bool QuickGelu)
{
    public CLIPEncoderConfig Encoder => new(Width, Layers, Heads, Intermediate, Eps, QuickGelu, Causal: true);

    /// <exception cref="InvalidDataException">A key is missing, or asks for a network this engine does not have.</exception>
    public static CLIPTextConfig From(ConfigJson json) => new(
        json.Int("vocab_size"), json.Int("hidden_size"), json.Int("num_hidden_layers"), json.Int("num_attention_heads"),
        json.Int("intermediate_size"), json.Int("max_position_embeddings"), json.Double("layer_norm_eps", 1e-5),
        QuickGeluIn(json));

    public static bool QuickGeluIn(ConfigJson json) => json.Text("hidden_act", "quick_gelu") switch
    {
        "quick_gelu" => true,
        "gelu" => false,
        var other => throw json.Error($"'hidden_act' is '{other}'; this engine has quick_gelu and gelu."),
    };
}
