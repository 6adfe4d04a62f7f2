using ViCo.Engine.Metrics;

namespace ViCo.Benchmarks.Quality;

/// <summary>Scores of one prompt, over all its pictures.</summary>
public sealed record PromptScores(string Prompt, ConceptScores Scores);
