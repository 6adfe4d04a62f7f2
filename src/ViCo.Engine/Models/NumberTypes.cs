namespace ViCo.Engine.Models;

/// <summary>What the networks of a base model are stored and computed in.</summary>
/// <param name="Networks">U-Net and text tower.</param>
/// <param name="Vae">The autoencoder, whose colours suffer first where bits are few.</param>
internal readonly record struct NumberTypes(ScalarType Networks, ScalarType Vae)
{
    /// <summary>float32 throughout.</summary>
    public static NumberTypes Single { get; } = new(ScalarType.Float32, ScalarType.Float32);
}
