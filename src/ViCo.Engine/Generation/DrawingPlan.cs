using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Generation;

/// <summary>What one sampling draws, with nothing left open.</summary>
/// <param name="References">Squares of the model's size; empty: text alone.</param>
/// <param name="ReferenceObjects">Which of the concept's objects each reference shows, from 0.</param>
/// <param name="Options">A value for every option that has one.</param>
/// <param name="ConceptKey">Digest of the concept's checkpoint, for the cache; null while it still changes.</param>
internal sealed record DrawingPlan(
    string Prompt, string NegativePrompt, IReadOnlyList<Picture> References, IReadOnlyList<int> ReferenceObjects, IReadOnlyList<long> Seeds,
    OptionValues Options, string? ConceptKey = null)
{
    /// <summary>Of the pictures; null: the model's. References are the model's in any case.</summary>
    public PictureSize? Size { get; init; }

    /// <summary>Added low-rank pairs, each as the digest of its checkpoint and its weight.</summary>
    public IReadOnlyList<string> Loras { get; init; } = [];

    /// <summary>Whether all low-rank pairs stand in the weights.</summary>
    public bool Folded { get; init; }
}
