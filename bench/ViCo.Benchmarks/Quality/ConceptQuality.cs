using System.Text.Json;
using ViCo.Engine.Metrics;

namespace ViCo.Benchmarks.Quality;

/// <summary>One concept's figures.</summary>
/// <param name="Masks">Per image layer; empty for a concept without true masks.</param>
public sealed record ConceptQuality(string Concept, IReadOnlyList<MethodQuality> Methods, IReadOnlyList<LayerOverlap> Masks)
{
    /// <summary>What identity scores could be at best; null where there is one photo only.</summary>
    public Ceiling? Ceiling { get; init; }

    /// <summary>Of all that the figures depend on: those of a concept that was measured so before are not measured again.</summary>
    public string? Key { get; init; }

    /// <summary>As JSON, to be kept.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, QualityJson.Default.ConceptQuality);

    /// <summary>What was kept; null where it does not read.</summary>
    public static ConceptQuality? FromJson(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, QualityJson.Default.ConceptQuality);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
