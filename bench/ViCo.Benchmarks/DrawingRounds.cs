namespace ViCo.Benchmarks;

/// <summary>How often and how much a benchmark draws.</summary>
/// <param name="Rounds">In each, every path draws once.</param>
/// <param name="Pictures">Drawn at once; of strangers one each.</param>
/// <param name="Steps">Denoising steps of a run, 2 or more.</param>
public sealed record DrawingRounds(int Rounds, int Pictures, int Steps);
