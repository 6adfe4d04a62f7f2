using ViCo.Engine.Checkpoints;
using ViCo.Engine.Checkpoints.Pickle;
using ViCo.Engine.Methods.Parts;

namespace ViCo.Engine.Methods.Oft;

/// <summary>The state of the published code's attention processors: a matrix per layer, and two sizes that follow from it.</summary>
internal sealed class OftFile : IConceptFormat
{
    public string Name => "oft";

    public ConceptPiece? Read(IWeightFile file)
    {
        var rotations = file.Names.Where(n => n.EndsWith(Rotations.Mark, StringComparison.Ordinal)).ToList();
        if (rotations.Count == 0) return null;
        string[] known = [Rotations.Mark, "_oft.cross_attention_dim", "_oft.hidden_size"];
        var other = file.Names.FirstOrDefault(n => !known.Any(end => n.EndsWith(end, StringComparison.Ordinal)));
        if (other is not null) throw ConceptImport.Unknown(file, $"beside rotations it holds '{other}'");
        return new(null, rotations.ToDictionary(n => n, n => file.Load(n), StringComparer.Ordinal)) { StandsAlone = true };
    }

    public IReadOnlyList<string> Write(ConceptWeights concept, string path, string? placeholder)
    {
        var rotations = concept.Others.Where(t => t.Key.EndsWith(Rotations.Mark, StringComparison.Ordinal)).ToList();
        if (rotations.Count == 0) throw new InvalidDataException($"{concept.Source}: OFT's file holds rotations, and it has none.");
        NewFile.Write(path, output =>
        {
            var dict = new PickleDict();
            foreach (var (name, tensor) in rotations) dict.Set(name, tensor);
            TorchFileWriter.Write(output, dict);
        });
        return [path];
    }
}
