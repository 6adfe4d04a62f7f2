using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models.Files;
using ViCo.Options;

namespace ViCo.Engine.Methods;

/// <summary>
/// What files say about a concept: S★'s vectors, further tensors such as ViCo's image blocks, and what is known besides. Owns its
/// tensors.
/// </summary>
/// <param name="Embedding">[vectors, text width], float32; null where the object has no word of its own.</param>
/// <param name="Others">Under their names in our own file, float32; empty for Textual Inversion.</param>
/// <param name="Step">Optimizer steps done, where a file says so.</param>
/// <param name="Placeholder">The word that stands for the object there, such as <c>*</c> or
/// <c>&lt;cat-toy&gt;</c>; null where no file says.</param>
internal sealed record ConceptWeights(Tensor? Embedding, IReadOnlyDictionary<string, Tensor> Others, int? Step, string? Placeholder)
    : IDisposable
{
    /// <summary>What messages call the files it comes from.</summary>
    public string Source { get; init; } = "the concept";

    /// <summary>No further tensors.</summary>
    public static IReadOnlyDictionary<string, Tensor> None { get; } = new Dictionary<string, Tensor>();

    /// <summary>What other programs' files say of options that their tensors do not tell.</summary>
    public OptionValues Said { get; init; } = OptionValues.None;

    /// <summary>What our own file says besides; null for other programs'.</summary>
    public ConceptMetadata? Metadata { get; init; }

    /// <summary>The base model that it was trained beside, where the caller says so. Not this one's to dispose of.</summary>
    public BaseModelFiles? Base { get; init; }

    /// <summary>The object's word, for programs that keep nothing else.</summary>
    /// <exception cref="InvalidDataException">It has none.</exception>
    public Tensor Word => Embedding ?? throw new InvalidDataException(
        $"{Source}: the object has no word of its own there, and that program keeps nothing else of it.");

    /// <summary>Every tensor under its name in our own file.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Named() =>
        Embedding is null ? Others : [new(PlaceholderForms.EmbeddingKey, Embedding), .. Others];

    public void Dispose()
    {
        Embedding?.Dispose();
        foreach (var tensor in Others.Values)
            tensor.Dispose();
    }
}
