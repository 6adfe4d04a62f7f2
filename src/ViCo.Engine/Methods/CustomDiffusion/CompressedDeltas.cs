using ViCo.Engine.Checkpoints;
using ViCo.Engine.Checkpoints.Pickle;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Methods.TextualInversion;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Files;

namespace ViCo.Engine.Methods.CustomDiffusion;

/// <summary>
/// The official code's compressed form: of each weight its difference to the base model's, as <see cref="LowRankDifference"/>, and the
/// object's word. Only beside the base model is it a concept.
/// </summary>
internal sealed class CompressedDeltas : IConceptFormat
{
    private const string Left = ".u", Right = ".v", Word = "<new1>";

    public string Name => "custom-diffusion-compressed";

    public ConceptPiece? Read(IWeightFile file)
    {
        if (file is not TorchFile { Root: PickleDict dict } delta || !dict.TryGet("unet", out var unet) || unet is not PickleDict weights
            || !weights.Entries.Any(e => e.Value is PickleDict))
            return null;
        if (!dict.TryGet("modifier_token", out var tokens) || tokens is not PickleDict { Entries: [(string word, PickleTensor row)] })
            throw ConceptImport.Unknown(file, "its modifier_token does not hold exactly one word");
        var factors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, value) in weights.Entries)
        {
            if (name is not string path || value is not PickleDict pair || !pair.TryGet("u", out var u) || u is not PickleTensor left
                || !pair.TryGet("v", out var v) || v is not PickleTensor right)
                throw ConceptImport.Unknown(file, $"'{name}' of its weights is no pair of u and v");
            factors[path + Left] = delta.Load(left).to(ScalarType.Float32);
            factors[path + Right] = delta.Load(right).to(ScalarType.Float32);
        }
        return new(ConceptImport.Vectors(delta.Load(row), file.Name), factors, Placeholder: word);
    }

    /// <summary>The weights themselves, from the base model's and what the file says to add.</summary>
    public IReadOnlyDictionary<string, Tensor> Completed(IReadOnlyDictionary<string, Tensor> tensors, BaseModelFiles model)
    {
        if (!tensors.Keys.Any(k => k.EndsWith(Left, StringComparison.Ordinal))) return tensors;
        using var scope = NewDisposeScope();
        return tensors.Where(t => !t.Key.EndsWith(Right, StringComparison.Ordinal)).ToDictionary(
            t => t.Key.EndsWith(Left, StringComparison.Ordinal) ? CustomDiffusionFiles.Key(t.Key[..^Left.Length]) : t.Key,
            t => t.Key.EndsWith(Left, StringComparison.Ordinal) ? Whole(t.Key[..^Left.Length], t.Value) : t.Value.alias()
                .DetachFromDisposeScope(), StringComparer.Ordinal);

        Tensor Whole(string name, Tensor left)
        {
            var (own, right) = (model.UNet.Load(name), tensors[name + Right]);
            if (left.Dimensions != 2 || right.Dimensions != 2 || left.shape[1] != right.shape[0] || left.shape[0] != own.shape[0]
                || right.shape[1] != own.shape[1])
                throw new InvalidDataException(
                    $"'{name}' is [{string.Join(", ", own.shape)}] in the base model; the compressed difference is "
                    + $"[{string.Join(", ", left.shape)}] times [{string.Join(", ", right.shape)}].");
            return own.Plus(new LowRankDifference(left, right).Product()).DetachFromDisposeScope();
        }
    }

    public IReadOnlyList<string> Write(ConceptWeights concept, string path, string? placeholder)
    {
        var replaced = concept.Others.Where(t => t.Key.Contains(ReplacedLayers.Mark, StringComparison.Ordinal)).ToList();
        if (replaced.Count == 0)
            throw new InvalidDataException(
                $"{concept.Source}: Custom Diffusion's files hold weights of the attention to text, and it has none.");
        var model = concept.Base ?? throw new ArgumentException(
            "Compressed differences are those to the base model: say which it is (--model).");
        using var scope = NewDisposeScope();
        var weights = new PickleDict();
        foreach (var (key, tensor) in replaced)
        {
            var name = ReplacedLayers.ParameterOf(key);
            if (tensor.Dimensions != 2)
                throw new InvalidDataException($"{concept.Source}: '{key}' is no matrix; only keys and values can be compressed.");
            var (u, v) = LowRankDifference.Of(tensor - model.UNet.Load(name));
            weights.Set(name, StringToParam.Dict(("u", u), ("v", v)));
        }
        var word = placeholder ?? (concept.Placeholder is null or "*" ? Word : concept.Placeholder);
        NewFile.Write(path, output => TorchFileWriter.Write(
            output, StringToParam.Dict(("unet", weights), ("modifier_token", StringToParam.Dict((word, concept.Word.flatten()))))));
        return [path];
    }
}
