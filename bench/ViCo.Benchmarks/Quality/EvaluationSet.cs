using System.Text.Json;
using ViCo.Engine;
using ViCo.Engine.Metrics;

namespace ViCo.Benchmarks.Quality;

/// <summary>Concepts with their photos, masks and descriptions in a folder, and prompts to draw them with.</summary>
/// <param name="Prompts">With <c>*</c> where the object goes.</param>
public sealed record EvaluationSet(IReadOnlyList<EvaluationConcept> Concepts, IReadOnlyList<string> Prompts)
{
    /// <summary>The prompt that asks for nothing but the object.</summary>
    public const string PlainCaption = "a photo of a *";

    /// <summary>
    /// Reads <c>NAME/{photos,masks}/*.png</c> with <c>NAME/concept.json</c> (class, initWord), and
    /// <c>concept_prompts</c> of <c>world.json</c>.
    /// </summary>
    /// <param name="folder">Such as <c>bench/concepts</c>.</param>
    /// <exception cref="InvalidDataException">A file is missing or does not say what it must.</exception>
    public static EvaluationSet Read(string folder)
    {
        if (!Directory.Exists(folder))
            throw new InvalidDataException($"Evaluation folder '{Path.GetFullPath(folder)}' does not exist.");
        var concepts = Directory.GetDirectories(folder)
            .Where(f => File.Exists(Path.Combine(f, "concept.json")))
            .Order(StringComparer.Ordinal)
            .Select(ReadConcept)
            .ToList();
        if (concepts.Count == 0)
            throw new InvalidDataException($"Evaluation folder '{Path.GetFullPath(folder)}' holds no folder with a concept.json.");

        using var world = Json(Path.Combine(folder, "world.json"));
        return new(concepts,
            [PlainCaption, .. world.RootElement.GetProperty("concept_prompts").EnumerateArray().Select(p => p.GetString()!)]);
    }

    private static EvaluationConcept ReadConcept(string folder)
    {
        using var json = Json(Path.Combine(folder, "concept.json"));
        var photos = Files(folder, "photos");
        var masks = Files(folder, "masks");
        if (photos.Count == 0)
            throw new InvalidDataException($"'{folder}' has no photos.");
        if (masks.Count > 0 && !masks.Select(m => m.Name).SequenceEqual(photos.Select(p => p.Name)))
            throw new InvalidDataException(
                $"'{folder}' has {photos.Count} photos and {masks.Count} masks; wanted a mask of the same name for each photo, or none.");
        return new(Path.GetFileName(folder), Text("class"), Text("initWord"), photos, masks);

        string Text(string key) => json.RootElement.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new InvalidDataException($"'{Path.Combine(folder, "concept.json")}' has no text '{key}'.");
    }

    private static List<PhotoFile> Files(string folder, string kind) => Directory.Exists(Path.Combine(folder, kind))
        ? [.. Directory.GetFiles(Path.Combine(folder, kind)).Order(StringComparer.Ordinal)
            .Select(f => new PhotoFile(Path.GetFileName(f), File.ReadAllBytes(f)))]
        : [];

    private static JsonDocument Json(string path) =>
        File.Exists(path) ? JsonDocument.Parse(File.ReadAllBytes(path)) : throw new InvalidDataException($"'{path}' is missing.");
}
