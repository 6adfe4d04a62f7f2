namespace ViCo.Engine.Checkpoints;

/// <summary>What files say about a concept: S★'s vectors, ViCo's image blocks, and what is known besides. Owns its tensors.</summary>
/// <param name="Embedding">[vectors, text width], float32.</param>
/// <param name="ImageBlocks">By upstream's names, float32; empty for Textual Inversion.</param>
/// <param name="Step">Optimizer steps done, where a file says so.</param>
/// <param name="Placeholder">The word that stands for the object there, such as <c>*</c> or <c>&lt;cat-toy&gt;</c>; null where no file says.</param>
internal sealed record ConceptWeights(Tensor Embedding, IReadOnlyDictionary<string, Tensor> ImageBlocks, int? Step, string? Placeholder) : IDisposable
{
    /// <summary>What our own file says besides; null for other programs'.</summary>
    public ConceptMetadata? Metadata { get; init; }

    /// <summary>Every tensor under its name in our own file.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Named() => [new(ConceptMetadata.EmbeddingKey, Embedding), .. ImageBlocks];

    public void Dispose()
    {
        Embedding.Dispose();
        foreach (var tensor in ImageBlocks.Values)
            tensor.Dispose();
    }
}
