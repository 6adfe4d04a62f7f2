namespace ViCo.Engine;

/// <param name="Completed">False when the observer asked for a pause.</param>
/// <param name="Step">The last step done.</param>
public sealed record TrainingOutcome(bool Completed, int Step);
