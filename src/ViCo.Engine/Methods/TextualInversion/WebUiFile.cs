using ViCo.Engine.Checkpoints;

namespace ViCo.Engine.Methods.TextualInversion;

/// <summary>The web UI's (A1111) <c>.pt</c>; its name is the word that prompts have there.</summary>
internal sealed class WebUiFile : IConceptFormat
{
    public string Name => "webui";

    public ConceptPiece? Read(IWeightFile file) => StringToParam.Read(file);

    public IReadOnlyList<string> Write(ConceptWeights concept, string path, string? placeholder)
    {
        if (Path.GetExtension(path) != ".pt")
            throw new ArgumentException($"'{path}' ends in '{Path.GetExtension(path)}'; the web UI takes .pt.");
        NewFile.Write(path, output => StringToParam.WriteWebUi(output, concept, Path.GetFileNameWithoutExtension(path)));
        return [path];
    }
}
