using System.Security.Cryptography;
using ViCo.Engine;

namespace ViCo.Cli.Concepts;

/// <summary>What was trained: everything that must be the same for a training to go on. Kept as <c>concept.json</c>.</summary>
/// <param name="BaseDigest">SHA-256 over the base model's weight files.</param>
/// <param name="Photos">Name and SHA-256 of each photo, in reference order.</param>
/// <param name="Options">What the caller set; the rest is the base model's default.</param>
internal sealed record ConceptCard(
    string Name, string InitWord, string BaseModel, string BaseDigest, IReadOnlyDictionary<string, string> Photos, TrainingOverrides Options)
{
    public static ConceptCard Of(
        string name, string initWord, string baseModel, string baseDigest, IReadOnlyList<PhotoFile> photos, TrainingOverrides options) =>
        new(name, initWord, baseModel, baseDigest,
            photos.ToDictionary(p => p.Name, p => Convert.ToHexStringLower(SHA256.HashData(p.Content.Span))), options);

    /// <summary>The first difference that forbids going on, in words; null when there is none.</summary>
    public string? DifferenceTo(ConceptCard other)
    {
        if (InitWord != other.InitWord) return $"init word {InitWord}, not {other.InitWord}";
        if (BaseDigest != other.BaseDigest) return $"base model {BaseModel} {BaseDigest[..8]}, not {other.BaseModel} {other.BaseDigest[..8]}";
        if (!Photos.OrderBy(p => p.Key, StringComparer.Ordinal).SequenceEqual(other.Photos.OrderBy(p => p.Key, StringComparer.Ordinal)))
            return $"{Photos.Count} other photos";
        // Lists inside the switches have no value equality, so options are compared as they are written.
        var (mine, theirs) = (System.Text.Json.JsonSerializer.Serialize(Options), System.Text.Json.JsonSerializer.Serialize(other.Options));
        return mine == theirs ? null : $"options {mine}, not {theirs}";
    }
}
