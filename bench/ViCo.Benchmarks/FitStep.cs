namespace ViCo.Benchmarks;

/// <summary>One training step or one drawing.</summary>
/// <param name="Peak">The most bytes resident while it ran.</param>
public sealed record FitStep(string Name, double Seconds, long Peak);
