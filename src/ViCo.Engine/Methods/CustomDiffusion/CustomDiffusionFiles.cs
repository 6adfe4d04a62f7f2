using ViCo.Engine.Checkpoints;
using ViCo.Engine.Checkpoints.Pickle;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models.Files;

namespace ViCo.Engine.Methods.CustomDiffusion;

/// <summary>
/// diffusers' folder, <c>pytorch_custom_diffusion_weights.safetensors</c> and <c>&lt;new1&gt;.safetensors</c>; the official code's one
/// file, <c>delta.ckpt</c>, is read too, and its form for diffusers.
/// </summary>
internal sealed class CustomDiffusionFiles : IConceptFormat
{
    private const string Embedding = "embed", Word = "<new1>";

    public string Name => "custom-diffusion";

    /// <summary>The word of diffusers' folder is a file of its own, which Textual Inversion's formats read.</summary>
    public ConceptPiece? Read(IWeightFile file)
    {
        if (file.Names.Count > 0 && file.Names.All(n => n.Contains(ReplacedLayers.Mark, StringComparison.Ordinal)))
            return new(null, file.Names.ToDictionary(n => n, n => file.Load(n), StringComparer.Ordinal));
        if (file is TorchFile { Root: PickleDict dict } delta && dict.TryGet("unet", out var unet) && unet is PickleDict weights
            && weights.Entries.All(e => e.Value is not PickleDict))
            return OfDictionaries(delta, weights, dict.TryGet("modifier_token", out var tokens) ? tokens as PickleDict : null);
        var layers = file.Names.Where(n => n.Contains(".attn2.to_", StringComparison.Ordinal)).ToList();
        if (!file.Names.Contains(Embedding) || layers.Count != file.Names.Count - 1) return null;
        return new(
            ConceptImport.Vectors(file.Load(Embedding), file.Name),
            layers.ToDictionary(n => Key(LdmKeyMap.StableDiffusion1.FromLdm(n).Name), n => file.Load(n), StringComparer.Ordinal));
    }

    public IReadOnlyList<string> Write(ConceptWeights concept, string path, string? placeholder)
    {
        var replaced = concept.Others.Where(t => t.Key.Contains(ReplacedLayers.Mark, StringComparison.Ordinal)).ToList();
        if (replaced.Count == 0)
            throw new InvalidDataException(
                $"{concept.Source}: Custom Diffusion's files hold weights of the attention to text, and it has none.");
        var word = placeholder ?? (concept.Placeholder is null or "*" ? Word : concept.Placeholder);
        if (word.AsSpan().ContainsAny(Path.GetInvalidFileNameChars()))
            throw new ArgumentException($"The word '{word}' would be a file's name; wanted one such as {Word}.");
        var header = new Dictionary<string, string> { ["format"] = "pt" };
        Directory.CreateDirectory(path);
        var weights = Path.Combine(path, "pytorch_custom_diffusion_weights.safetensors");
        var embedding = Path.Combine(path, $"{word}.safetensors");
        NewFile.Refuse(embedding);
        NewFile.Write(weights, output => SafetensorsWriter.Write(output, replaced, header));
        NewFile.Write(embedding, output =>
        {
            using var vector = concept.Word.flatten();
            SafetensorsWriter.Write(output, [new(word, vector)], header);
        });
        return [weights, embedding];
    }

    /// <summary>The official code's form for diffusers: a dictionary of weights and one of words.</summary>
    private static ConceptPiece OfDictionaries(TorchFile file, PickleDict weights, PickleDict? tokens)
    {
        if (tokens is not { Entries: [(string word, PickleTensor row)] })
            throw ConceptImport.Unknown(file, "its modifier_token does not hold exactly one word");
        var replaced = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, value) in weights.Entries)
        {
            if (name is not string path || value is not PickleTensor tensor)
                throw ConceptImport.Unknown(file, $"'{name}' of its weights is no tensor");
            replaced[Key(path)] = file.Load(tensor).to(ScalarType.Float32);
        }
        return new(ConceptImport.Vectors(file.Load(row), file.Name), replaced, Placeholder: word);
    }

    /// <summary>From a parameter's name in diffusers: <c>….attn2.to_k.weight</c>.</summary>
    internal static string Key(string parameter)
    {
        var at = parameter.LastIndexOf('.');
        return parameter.Contains(".attn2.", StringComparison.Ordinal) ? ReplacedLayers.KeyOf(parameter[..at], parameter[(at + 1)..])
            : parameter;
    }
}
