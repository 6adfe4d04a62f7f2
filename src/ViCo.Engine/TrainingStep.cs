namespace ViCo.Engine;

/// <param name="Step">1-based.</param>
/// <param name="Loss">Noise loss + λ × regularisation.</param>
/// <param name="Regularization">The regulariser before λ.</param>
/// <param name="Seconds">Wall time of this step.</param>
public sealed record TrainingStep(int Step, int Steps, double Loss, double NoiseLoss, double Regularization, double Seconds);
