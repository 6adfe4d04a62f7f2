using System.Globalization;
using ViCo.Cli.CommandLine;
using ViCo.Engine;
using ViCo.Options;

namespace ViCo.Cli.Concepts;

/// <summary>A resume point of one training that another begins from: <c>DIR</c>, or <c>DIR:STEP</c>.</summary>
/// <param name="Name">As the new training's card has it.</param>
internal sealed record Branch(string Name, ConceptFolder Source, ConceptCard Card, StoredFile Point)
{
    /// <exception cref="UsageException">There is no such training, or no resume point of that step.</exception>
    public static Branch Parse(string text)
    {
        var (path, step) = !Directory.Exists(text) && text.LastIndexOf(':') is > 0 and var at
            && int.TryParse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (text[..at], number)
                : (text, (int?)null);
        var source = ConceptFolder.Open(path);
        var points = source.ResumePoints();
        if (points.Count == 0) throw new UsageException($"--from {text}: '{path}' holds no resume point.");
        var point = points.FirstOrDefault(p => p.Step == (step ?? points[0].Step));
        return point.File is null
            ? throw new UsageException(
                $"--from {text}: '{path}' has no resume point of step {step}; there are: {string.Join(", ", points.Select(p => p.Step))}.")
            : new(string.Create(CultureInfo.InvariantCulture, $"from {source.FullPath}:{point.Step}"), source, source.ReadCard(),
                point.File);
    }

    /// <summary>The photos and init words of the training it branches from.</summary>
    public TrainingObject[] Objects() =>
        [.. Source.ReadReferences().Zip(Card.Objects, (photos, learned) => new TrainingObject(photos, learned.InitWord))];

    /// <summary>Its options, with <paramref name="given"/> laid over them.</summary>
    public OptionValues Options(OptionValues given) => given.Over(Card.Options);
}
