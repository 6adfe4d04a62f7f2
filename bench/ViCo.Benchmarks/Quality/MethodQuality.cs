using System.Text.Json.Serialization;
using ViCo.Engine.Metrics;

namespace ViCo.Benchmarks.Quality;

/// <summary>How one method drew one concept.</summary>
/// <param name="Method"><c>ViCo</c>, <c>ViCo, published guidance</c>, <c>Textual Inversion</c> or <c>plain prompt</c>.</param>
/// <param name="TrainingSeconds">Wall time of its optimizer steps; 0 when nothing is trained.</param>
public sealed record MethodQuality(string Method, IReadOnlyList<PromptScores> Prompts, double TrainingSeconds)
{
    /// <summary>Every prompt weighs the same.</summary>
    [JsonIgnore]
    public ConceptScores Mean => ConceptScores.Mean([.. Prompts.Select(p => p.Scores)]);
}
