using ViCo.Options;

namespace ViCo.Engine.Methods;

/// <summary>What one file holds of a concept, its tensors in the current scope.</summary>
/// <param name="Embedding">[vectors, text width], or null.</param>
/// <param name="Others">Further tensors under the names that they have in our file.</param>
/// <param name="Step">Optimizer steps done, where the file says so.</param>
/// <param name="Placeholder">The word for the object, where the file says so.</param>
internal sealed record ConceptPiece(Tensor? Embedding, IReadOnlyDictionary<string, Tensor> Others, int? Step = null,
    string? Placeholder = null)
{
    /// <summary>Whether it is all that there is of a concept, though it holds no embedding.</summary>
    public bool StandsAlone { get; init; }

    /// <summary>What another program's file says of options that its tensors do not tell.</summary>
    public OptionValues Said { get; init; } = OptionValues.None;

    /// <summary>What our own file says besides; null for other programs'.</summary>
    public ConceptMetadata? Metadata { get; init; }
}
