using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;

namespace ViCo.Engine.Generation;

/// <summary>Concepts with low-rank pairs of others beside their own parts. They own nothing of it.</summary>
internal static class LoraStack
{
    /// <summary>A concept and the pairs of others.</summary>
    /// <param name="own">Null: the base model alone.</param>
    /// <returns>The concept itself where there are no others. Without one, that of the first of them.</returns>
    /// <exception cref="InvalidDataException">A concept holds something else than low-rank pairs, or the own one takes none.</exception>
    public static Concept? Of(Concept? own, IReadOnlyList<(LoraUse Use, Concept Concept)> others)
    {
        if (others.Count == 0) return own;
        foreach (var (use, concept) in others)
        {
            if (concept.Part<LowRank>() is null || !concept.Parts.All(p => p is LowRank or PlaceholderRows { Tensors.Count: 0 }))
                throw new InvalidDataException(
                    $"'{use.Checkpoint.Name}' was made by method '{concept.Metadata.Method}'; only low-rank pairs (LoRA) can be added to a "
                    + "drawing.");
        }
        if (own is not null && !own.Parts.All(p => p.SharesPasses))
            throw new InvalidDataException(
                $"A concept of method '{own.Metadata.Method}' has a network of its own, to which low-rank pairs cannot be added.");
        var added = others.Select(o => o.Concept.Part<LowRank>()!.At(o.Use.Weight));
        return own is not null ? own.With([.. own.Parts, .. added])
            : others[0].Concept.With([.. others[0].Concept.Parts.Where(p => p is not LowRank), .. added]);
    }

    /// <summary>The same concept with its pairs folded into the weights, to be disposed of; null where it has none.</summary>
    /// <exception cref="InvalidDataException">Another of its parts is at work in the same layers.</exception>
    public static (Concept Concept, FoldedWeights Folded)? Fold(Concept concept)
    {
        var pairs = concept.Parts.OfType<LowRank>().ToList();
        if (pairs.Count == 0) return null;
        if (concept.Parts.Any(p => p is Rotations or ReplacedLayers))
            throw new InvalidDataException(
                $"A concept of method '{concept.Metadata.Method}' changes the layers that low-rank pairs would be folded into; draw it "
                + "without folding.");
        var folded = new FoldedWeights(pairs);
        return (concept.With([.. concept.Parts.Where(p => p is not LowRank), folded]), folded);
    }
}
