namespace ViCo.Engine.Models.UNet;

/// <summary>What every block of a pass reads beside its map.</summary>
/// <param name="Timesteps">Embedded, after the SiLU that all blocks share [B, D].</param>
/// <param name="Text">What the transformer blocks attend to.</param>
/// <param name="Pass">The pass's guests; null: none.</param>
internal readonly record struct Conditions(Tensor Timesteps, AttentionContext Text, Adaptation? Pass)
{
    /// <summary>Those of the first samples alone.</summary>
    public Conditions First(long samples) => this with { Timesteps = Timesteps.narrow(0, 0, samples), Text = Text.First(samples) };
}
