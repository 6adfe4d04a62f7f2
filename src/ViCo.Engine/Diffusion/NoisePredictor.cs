namespace ViCo.Engine.Diffusion;

/// <summary>
/// Predicts the noise in latents [B, C, h, w] at a timestep, which may lie between two; guidance and references are its own affair.
/// </summary>
internal delegate Tensor NoisePredictor(Tensor latents, double timestep);
