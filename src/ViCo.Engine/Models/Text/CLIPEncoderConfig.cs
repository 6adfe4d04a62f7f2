namespace ViCo.Engine.Models.Text;

/// <summary>The sizes of a CLIP transformer, in either tower.</summary>
/// <param name="QuickGelu">x · σ(1.702 x) instead of the exact GELU.</param>
/// <param name="Causal">Whether a token sees only those before it: text does, pictures do not.</param>
internal sealed record CLIPEncoderConfig(int Width, int Layers, int Heads, int Intermediate, double Eps, bool QuickGelu, bool Causal);
