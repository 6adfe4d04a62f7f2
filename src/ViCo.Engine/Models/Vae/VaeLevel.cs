namespace ViCo.Engine.Models.Vae;

/// <summary>The sizes of a level of the autoencoder.</summary>
/// <param name="From">Channels of its input.</param>
/// <param name="To">Channels of its output.</param>
/// <param name="Layers">Residual blocks.</param>
/// <param name="Resizes">Whether it halves the map, or in the decoder doubles it, at its end.</param>
internal readonly record struct VaeLevel(int From, int To, int Layers, bool Resizes);
