namespace ViCo.Benchmarks;

/// <summary>The training whose memory is looked at.</summary>
/// <param name="Steps">3 or more, for a peak that grows from one to the next to show.</param>
/// <param name="Batch">Samples of a step, one a pass.</param>
public sealed record FitTraining(int Steps, int Batch);
