using System.Globalization;
using System.Text;
using ViCo.Engine.Metrics;

namespace ViCo.Benchmarks.Quality;

/// <summary>What can be said over all concepts of a <see cref="QualityReport"/>: means with intervals, shares of the ceiling, differences.
/// </summary>
public static class QualityTables
{
    private static readonly (string Name, Func<ConceptScores, double> Of)[] _scores =
        [("I_DINO", s => s.ImageDino), ("I_CLIP", s => s.ImageClip), ("T_CLIP", s => s.TextClip)];

    /// <summary>Every picture set's scores, a line each: concept, method, prompt, and the three.</summary>
    public static string ToCsv(QualityReport report)
    {
        var text = new StringBuilder("concept,method,prompt,i_dino,i_clip,t_clip\n");
        foreach (var concept in report.Concepts)
        {
            foreach (var method in concept.Methods)
            {
                foreach (var (prompt, scores) in method.Prompts)
                {
                    string[] names = [Quoted(concept.Concept), Quoted(method.Method), Quoted(prompt)];
                    var numbers = _scores.Select(score => score.Of(scores).ToString("0.0000", CultureInfo.InvariantCulture));
                    text.Append(string.Join(',', names.Concat(numbers))).Append('\n');
                }
            }
        }
        return text.ToString();
    }

    /// <summary>Markdown: per method the mean over concepts with its interval, and what the best possible is.</summary>
    public static string Means(QualityReport report)
    {
        var names = string.Join(" | ", _scores.Select(s => s.Name));
        var text = new StringBuilder(
            $"| method | {names} | of the photos' own I_DINO | after the autoencoder |\n|---|---|---|---|---|---|\n");
        var ceilings = report.Concepts.Select(c => c.Ceiling).OfType<Ceiling>().ToList();
        foreach (var method in Methods(report))
        {
            var cells = _scores.Select(score => Interval.Of(Scores(report, method, score.Of)).ToString());
            var dino = Interval.Of(Scores(report, method, s => s.ImageDino)).Mean;
            var shares = ceilings.Count == 0 ? ["", ""]
                : new[] { Share(dino, ceilings.Average(c => c.PhotoDino)), Share(dino, ceilings.Average(c => c.DecodedDino)) };
            text.Append(CultureInfo.InvariantCulture, $"| {method} | {string.Join(" | ", cells.Concat(shares))} |\n");
        }
        if (ceilings.Count > 0)
        {
            Row("photos, each with the others", c => c.PhotoDino, c => c.PhotoClip, " | 100 % | ");
            Row("photos through the autoencoder", c => c.DecodedDino, c => c.DecodedClip, " |  | 100 %");
        }
        return text.ToString();

        void Row(string name, Func<Ceiling, double> dino, Func<Ceiling, double> clip, string shares) => text.Append(string.Create(
            CultureInfo.InvariantCulture, $"| *{name}* | {ceilings.Average(dino):0.00} | {ceilings.Average(clip):0.00} | {shares} |\n"));
    }

    /// <summary>Markdown: by falling I_DINO what each method has more than the next, concept by concept.</summary>
    public static string Differences(QualityReport report)
    {
        var text = new StringBuilder("| method | less the next | I_DINO | I_CLIP | T_CLIP |\n|---|---|---|---|---|\n");
        var ranked = Methods(report).OrderByDescending(m => Scores(report, m, s => s.ImageDino).Average()).ToList();
        foreach (var (method, next) in ranked.Zip(ranked.Skip(1)))
        {
            var cells = _scores.Select(score =>
                Interval.OfDifferences(Scores(report, method, score.Of), Scores(report, next, score.Of)).ToString());
            text.Append(CultureInfo.InvariantCulture, $"| {method} | {next} | {string.Join(" | ", cells)} |\n");
        }
        return text.ToString();
    }

    private static IReadOnlyList<string> Methods(QualityReport report) =>
        [.. report.Concepts.SelectMany(c => c.Methods).Select(m => m.Method).Distinct()];

    private static List<double> Scores(QualityReport report, string method, Func<ConceptScores, double> of) =>
        [.. report.Concepts.SelectMany(c => c.Methods).Where(m => m.Method == method).Select(m => of(m.Mean))];

    private static string Share(double score, double best) => string.Create(CultureInfo.InvariantCulture, $"{100 * score / best:0} %");

    private static string Quoted(string text) => text.AsSpan().ContainsAny(",\"\n") ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
}
