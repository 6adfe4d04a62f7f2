using ViCo.Engine.Checkpoints;
using ViCo.Engine.Checkpoints.Pickle;

namespace ViCo.Engine.Methods.TextualInversion;

/// <summary>
/// diffusers' <c>learned_embeds</c>, <c>.bin</c> or <c>.safetensors</c>: one tensor under the object's word.
/// </summary>
internal sealed class DiffusersFile : IConceptFormat
{
    public string Name => "diffusers";

    public ConceptPiece? Read(IWeightFile file)
    {
        if (file.Names is not [var only]) return null;
        return new(ConceptImport.Vectors(file.Load(only), file.Name), ConceptWeights.None, Placeholder: only == "emb_params" ? null : only);
    }

    public IReadOnlyList<string> Write(ConceptWeights concept, string path, string? placeholder)
    {
        var word = placeholder ?? (concept.Placeholder is null or "*" ? "<concept>" : concept.Placeholder);
        NewFile.Write(path, Path.GetExtension(path) switch
        {
            ".safetensors" => output => WriteSafetensors(output, concept, word),
            ".bin" => output => WriteBin(output, concept, word),
            var other => throw new ArgumentException($"'{path}' ends in '{other}'; diffusers takes .safetensors or .bin."),
        });
        return [path];
    }

    internal static void WriteBin(Stream output, ConceptWeights concept, string placeholder) =>
        TorchFileWriter.Write(output, StringToParam.Dict((placeholder, concept.Word)));

    internal static void WriteSafetensors(Stream output, ConceptWeights concept, string placeholder) =>
        SafetensorsWriter.Write(output, [new(placeholder, concept.Word)], new Dictionary<string, string> { ["format"] = "pt" });
}
