using ViCo.Engine.Checkpoints;

namespace ViCo.Engine.Methods.TextualInversion;

/// <summary>The published code's <c>embeddings.pt</c>: the token and a ParameterDict, both by placeholder.</summary>
internal sealed class PublishedFile : IConceptFormat
{
    public string Name => "textual-inversion";

    /// <summary>The web UI took its dictionaries over: <see cref="WebUiFile"/> reads both.</summary>
    public ConceptPiece? Read(IWeightFile file) => null;

    public IReadOnlyList<string> Write(ConceptWeights concept, string path, string? placeholder)
    {
        if (Path.GetExtension(path) != ".pt")
            throw new ArgumentException($"'{path}' ends in '{Path.GetExtension(path)}'; Textual Inversion's code takes .pt.");
        NewFile.Write(path, output => StringToParam.WriteEmbeddings(output, concept));
        return [path];
    }
}
