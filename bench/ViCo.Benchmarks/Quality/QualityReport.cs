using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ViCo.Engine;
using ViCo.Engine.Metrics;

namespace ViCo.Benchmarks.Quality;

/// <summary>What <see cref="QualityEvaluation"/> measured.</summary>
/// <param name="Protocol">How, in sentences.</param>
public sealed record QualityReport(string BaseModel, string BaseDigest, string Device, IReadOnlyList<string> Protocol, IReadOnlyList<ConceptQuality> Concepts)
{
    /// <summary>As indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, QualityJson.Default.QualityReport);

    /// <summary>As tables in Markdown.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Base model `{BaseModel}` ({BaseDigest[..Math.Min(12, BaseDigest.Length)]}) on {Device}.");
        foreach (var sentence in Protocol)
            text.AppendLine(CultureInfo.InvariantCulture, $"- {sentence}");
        text.AppendLine();

        var layers = Concepts.SelectMany(c => c.Masks).Select(m => m.Layer).Distinct().Order().ToList();
        text.AppendLine(CultureInfo.InvariantCulture, $"| concept | method | I_DINO | I_CLIP | T_CLIP | mask IoU at blocks {string.Join(" / ", layers)} | training |");
        text.AppendLine("|---|---|---|---|---|---|---|");
        foreach (var concept in Concepts)
        {
            for (var i = 0; i < concept.Methods.Count; i++)
                Row(text, i == 0 ? concept.Concept : "", concept.Methods[i], i == 0 ? Overlaps(concept.Masks, layers) : "");
        }

        var means = Concepts.SelectMany(c => c.Masks).GroupBy(m => m.Layer).Select(g => new LayerOverlap(g.Key, g.Average(m => m.IntersectionOverUnion))).ToList();
        foreach (var (method, index) in Concepts.SelectMany(c => c.Methods).Select(m => m.Method).Distinct().Select((m, i) => (m, i)))
        {
            var all = Concepts.SelectMany(c => c.Methods).Where(m => m.Method == method).ToList();
            var mean = ConceptScores.Mean([.. all.Select(m => m.Mean)]);
            Row(text, index == 0 ? $"**mean of {Concepts.Count}**" : "", method, mean, index == 0 ? Overlaps(means, layers) : "", all.Average(m => m.TrainingSeconds));
        }

        return text.ToString();
    }

    private static void Row(StringBuilder text, string concept, MethodQuality method, string masks) =>
        Row(text, concept, method.Method, method.Mean, masks, method.TrainingSeconds);

    private static void Row(StringBuilder text, string concept, string method, ConceptScores scores, string masks, double seconds) =>
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"| {concept} | {method} | {scores.ImageDino:0.00} | {scores.ImageClip:0.00} | {scores.TextClip:0.00} | {masks} | {(seconds > 0 ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s") : "")} |");

    private static string Overlaps(IReadOnlyList<LayerOverlap> masks, List<int> layers) => masks.Count == 0 ? "" : string.Join(" / ", layers.Select(layer =>
        masks.FirstOrDefault(m => m.Layer == layer) is { } m ? m.IntersectionOverUnion.ToString("0.00", CultureInfo.InvariantCulture) : "–"));
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(QualityReport))]
internal sealed partial class QualityJson : JsonSerializerContext;
