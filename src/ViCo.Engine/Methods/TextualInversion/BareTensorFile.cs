using ViCo.Engine.Checkpoints;
using ViCo.Engine.Checkpoints.Pickle;

namespace ViCo.Engine.Methods.TextualInversion;

/// <summary>The vectors alone, with no name: whoever loads the file gives one.</summary>
internal sealed class BareTensorFile : IConceptFormat
{
    public string Name => "tensor";

    public ConceptPiece? Read(IWeightFile file) => file is TorchFile { Root: PickleTensor bare } torch
        ? new(ConceptImport.Vectors(torch.Load(bare), file.Name), ConceptWeights.None) : null;

    public IReadOnlyList<string> Write(ConceptWeights concept, string path, string? placeholder)
    {
        if (Path.GetExtension(path) != ".pt")
            throw new ArgumentException($"'{path}' ends in '{Path.GetExtension(path)}'; a bare tensor is a .pt.");
        NewFile.Write(path, output => TorchFileWriter.Write(output, concept.Word));
        return [path];
    }
}
