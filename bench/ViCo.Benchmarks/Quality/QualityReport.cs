using System.Globalization;
using System.Text;
using System.Text.Json;
using ViCo.Engine;
using ViCo.Engine.Metrics;

namespace ViCo.Benchmarks.Quality;

/// <summary>What <see cref="QualityEvaluation"/> measured.</summary>
/// <param name="Protocol">How, in sentences.</param>
public sealed record QualityReport(string BaseModel, string BaseDigest, string Device, IReadOnlyList<string> Protocol,
    IReadOnlyList<ConceptQuality> Concepts)
{
    /// <summary>As indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, QualityJson.Default.QualityReport);

    /// <summary>As tables in Markdown.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"Base model `{BaseModel}` ({BaseDigest[..Math.Min(12, BaseDigest.Length)]}) on {Device}.");
        foreach (var sentence in Protocol)
            text.AppendLine(CultureInfo.InvariantCulture, $"- {sentence}");
        text.AppendLine();

        var layers = Concepts.SelectMany(c => c.Masks).Select(m => m.Layer).Distinct().Order().ToList();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"| concept | method | I_DINO | I_CLIP | T_CLIP | mask IoU at blocks {string.Join(" / ", layers)} | training |");
        text.AppendLine("|---|---|---|---|---|---|---|");
        foreach (var concept in Concepts)
        {
            for (var i = 0; i < concept.Methods.Count; i++)
            {
                var method = concept.Methods[i];
                text.AppendLine(new Row(
                    i == 0 ? concept.Concept : "", method.Method, method.Mean, i == 0 ? Overlaps(concept.Masks, layers) : "",
                    method.TrainingSeconds).ToMarkdown());
            }
        }

        var means = Concepts.SelectMany(c => c.Masks).GroupBy(m => m.Layer)
            .Select(g => new LayerOverlap(g.Key, g.Average(m => m.IntersectionOverUnion))).ToList();
        foreach (var (method, index) in Concepts.SelectMany(c => c.Methods).Select(m => m.Method).Distinct().Select((m, i) => (m, i)))
        {
            var all = Concepts.SelectMany(c => c.Methods).Where(m => m.Method == method).ToList();
            var mean = ConceptScores.Mean([.. all.Select(m => m.Mean)]);
            text.AppendLine(new Row(
                index == 0 ? $"**mean of {Concepts.Count}**" : "", method, mean, index == 0 ? Overlaps(means, layers) : "",
                all.Average(m => m.TrainingSeconds)).ToMarkdown());
        }

        return text.ToString();
    }

    /// <summary>A line of the table.</summary>
    private sealed record Row(string Concept, string Method, ConceptScores Scores, string Masks, double Seconds)
    {
        public string ToMarkdown() => string.Create(
            CultureInfo.InvariantCulture,
            $"| {Concept} | {Method} | {Scores.ImageDino:0.00} | {Scores.ImageClip:0.00} | {Scores.TextClip:0.00} | {Masks} | {Trained} |");

        private string Trained => Seconds > 0 ? string.Create(CultureInfo.InvariantCulture, $"{Seconds:0} s") : "";
    }

    private static string Overlaps(IReadOnlyList<LayerOverlap> masks, List<int> layers) =>
        masks.Count == 0 ? "" : string.Join(" / ", layers.Select(layer =>
        masks.FirstOrDefault(m => m.Layer == layer) is { } m ? m.IntersectionOverUnion.ToString("0.00", CultureInfo.InvariantCulture)
            : "–"));
}
