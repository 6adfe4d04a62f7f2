using ViCo.Engine.Metrics;

namespace ViCo.Benchmarks.Quality;

/// <summary>One concept's figures.</summary>
/// <param name="Masks">Per image layer; empty for a concept without true masks.</param>
public sealed record ConceptQuality(string Concept, IReadOnlyList<MethodQuality> Methods, IReadOnlyList<LayerOverlap> Masks);
