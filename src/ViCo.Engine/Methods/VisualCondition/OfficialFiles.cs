using System.Globalization;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Checkpoints.Pickle;
using ViCo.Engine.Methods.TextualInversion;

namespace ViCo.Engine.Methods.VisualCondition;

/// <summary>
/// The two files of ViCo's official code: <c>embeddings_gs-N.pt</c>, which is Textual Inversion's, and
/// <c>cross_attention-N.pt</c>. N counts from 0.
/// </summary>
internal sealed class OfficialFiles : IConceptFormat
{
    private const string BlockMark = ".image_cross_attention.";
    private const string Prefix = "model.";

    public string Name => "upstream";

    /// <summary>The image blocks; the embedding's file is read by Textual Inversion's formats.</summary>
    public ConceptPiece? Read(IWeightFile file) =>
        file.Names.Count == 0 || !file.Names.All(n => n.Contains(BlockMark, StringComparison.Ordinal)) ? null
            : new(null, file.Names.ToDictionary(
                n => n.StartsWith(Prefix, StringComparison.Ordinal) ? n[Prefix.Length..] : n, n => file.Load(n), StringComparer.Ordinal));

    /// <inheritdoc/>
    public IReadOnlyList<string> Write(ConceptWeights concept, string path, string? placeholder)
    {
        if (!concept.Others.Keys.Any(name => name.Contains(BlockMark, StringComparison.Ordinal)))
            throw new InvalidDataException($"{concept.Source}: ViCo's official code needs image blocks, and it has none.");
        Directory.CreateDirectory(path);
        var number = StepNumber(concept.Step ?? 0);
        var (blocks, embedding) = (Path.Combine(path, $"cross_attention-{number}.pt"), Path.Combine(path, $"embeddings_gs-{number}.pt"));
        NewFile.Refuse(embedding);
        NewFile.Write(blocks, output => WriteBlocks(output, concept));
        NewFile.Write(embedding, output => StringToParam.WriteEmbeddings(output, concept));
        return [blocks, embedding];
    }

    /// <summary>The 80 tensors by the official code's names.</summary>
    internal static void WriteBlocks(Stream output, ConceptWeights concept)
    {
        var dict = new PickleDict();
        foreach (var (name, tensor) in concept.Others.Where(t => t.Key.Contains(BlockMark, StringComparison.Ordinal)))
            dict.Set(name, tensor);
        TorchFileWriter.Write(output, dict);
    }

    /// <summary>The official code's number for a count of completed steps: it counts from 0, and its 399 is our 400.</summary>
    internal static string StepNumber(int completed) => Math.Max(completed - 1, 0).ToString(CultureInfo.InvariantCulture);
}
