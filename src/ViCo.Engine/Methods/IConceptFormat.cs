using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models.Files;

namespace ViCo.Engine.Methods;

/// <summary>One kind of file in which other programs keep concepts of a method. Stateless.</summary>
internal interface IConceptFormat
{
    /// <summary>What users call it, such as <c>diffusers</c>.</summary>
    string Name { get; }

    /// <summary>What a file holds of a concept; null where it is of another kind.</summary>
    /// <exception cref="InvalidDataException">It is of this kind, and damaged.</exception>
    ConceptPiece? Read(IWeightFile file);

    /// <summary>The tensors of a file that tells only what differs from the base model; those that are given, where it tells all.</summary>
    /// <param name="tensors">As <see cref="Read"/> gave them.</param>
    /// <returns>In no scope where they are new.</returns>
    /// <exception cref="InvalidDataException">They do not fit beside the model.</exception>
    IReadOnlyDictionary<string, Tensor> Completed(IReadOnlyDictionary<string, Tensor> tensors, BaseModelFiles model) => tensors;

    /// <summary>Writes a concept as that program reads it; what the program has no place for stays behind.</summary>
    /// <param name="path">A new file, or a folder where the program has several files.</param>
    /// <param name="placeholder">The word that prompts will have for it there; null: its own, or the program's usual one.</param>
    /// <returns>The paths written.</returns>
    /// <exception cref="InvalidDataException">The program needs what the concept does not have.</exception>
    /// <exception cref="ArgumentException">The path is taken, or ends in something else than the program takes.</exception>
    IReadOnlyList<string> Write(ConceptWeights concept, string path, string? placeholder);
}
