using System.Globalization;
using System.Text.RegularExpressions;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Methods.Parts;
using ViCo.Options;

namespace ViCo.Engine.Methods;

/// <summary>
/// Reads concepts as we and other programs write them: ViCo's official code, diffusers, the web UI (A1111), CatVersion, low-rank pairs, a
/// bare tensor.
/// </summary>
internal static partial class ConceptImport
{
    /// <summary>One concept from its files: for ViCo the embedding and the image blocks, otherwise one file.</summary>
    /// <exception cref="InvalidDataException">A file is damaged or of no known kind, the embedding is missing or there twice.</exception>
    public static ConceptWeights Read(IReadOnlyList<string> paths) => Read(paths, KnownMethods.All);

    /// <summary>As <see cref="Read(IReadOnlyList{string})"/>, with the formats of methods of choice.</summary>
    public static ConceptWeights Read(IReadOnlyList<string> paths, IReadOnlyList<IMethod> methods)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor? embedding = null;
        string? placeholder = null;
        var standsAlone = false;
        int? step = null;
        ConceptMetadata? metadata = null;
        var said = OptionValues.None;
        var others = new SortedDictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            using IWeightFile file = WeightFiles.Open(path);
            var found = Own(file) ?? methods.SelectMany(m => m.Formats).Select(f => f.Read(file)).FirstOrDefault(p => p is not null)
                ?? throw Unknown(file);
            if (found.Embedding is not null && embedding is not null)
                throw new InvalidDataException($"'{path}': a second embedding; one concept has one. Give the files of one concept.");
            embedding ??= found.Embedding;
            placeholder ??= found.Placeholder;
            standsAlone |= found.StandsAlone;
            metadata ??= found.Metadata;
            said = said.Over(found.Said);
            if ((found.Step ?? StepOf(path)) is { } counted)
            {
                if (step is { } other && other != counted)
                    throw new InvalidDataException(
                        $"'{path}' is of step {counted}, another file of step {other}. Give the files of one step.");
                step = counted;
            }

            foreach (var (name, tensor) in found.Others)
            {
                if (!others.TryAdd(name, tensor))
                    throw new InvalidDataException($"'{path}': tensor '{name}' is in another of the files too.");
            }
        }

        if (embedding is null && !standsAlone)
        {
            throw new InvalidDataException($"{string.Join(", ", paths.Select(p => $"'{p}'"))}: no embedding; "
                + "ViCo's image blocks (cross_attention-N.pt) go with its embeddings_gs-N.pt.");
        }

        foreach (var tensor in others.Values)
            tensor.DetachFromDisposeScope();
        return new(embedding?.DetachFromDisposeScope(), others, step, placeholder)
        {
            Metadata = metadata,
            Said = said,
            Source = string.Join(", ", paths.Select(p => $"'{p}'")),
        };
    }

    /// <summary>
    /// Completed steps by a file's name: upstream counts from 0, so its 399 is our 400; diffusers' <c>-steps-N</c> counts completed ones.
    /// </summary>
    internal static int? StepOf(string path)
    {
        var name = Path.GetFileName(path);
        if (UpstreamStep.Match(name) is { Success: true } upstream)
            return int.Parse(upstream.Groups[1].Value, CultureInfo.InvariantCulture) + 1;
        return DiffusersStep.Match(name) is { Success: true } diffusers ? int.Parse(diffusers.Groups[1].Value, CultureInfo.InvariantCulture)
            : null;
    }

    [GeneratedRegex(@"^(?:cross_attention|embeddings_gs)-(\d{1,8})\.pt$")]
    private static partial Regex UpstreamStep { get; }

    [GeneratedRegex(@"-steps-(\d{1,8})\.(?:bin|safetensors)$")]
    private static partial Regex DiffusersStep { get; }

    /// <summary>Our own file, which says all about itself.</summary>
    private static ConceptPiece? Own(IWeightFile file)
    {
        if (file is not SafetensorsFile own) return null;
        var hasWord = own.Contains(PlaceholderForms.EmbeddingKey);
        if (!hasWord && !ConceptMetadata.IsOurs(own.Metadata)) return null;
        var metadata = ConceptMetadata.FromEntries(own.Metadata);
        if (metadata.OtherInitWords.Count > 0) throw new InvalidDataException(
            $"'{file.Name}' holds several objects ({string.Join(", ", metadata.InitWords)}); files of other programs hold one.");
        return new(
            hasWord ? Vectors(own.Load(PlaceholderForms.EmbeddingKey), own.Name) : null,
            own.Names.Where(n => n != PlaceholderForms.EmbeddingKey).ToDictionary(n => n, n => own.Load(n), StringComparer.Ordinal),
            metadata.Step) { Metadata = metadata, StandsAlone = true };
    }

    /// <summary>An embedding as [vectors, width], float32: one vector may be stored without its first dimension.</summary>
    /// <exception cref="InvalidDataException">It has another shape.</exception>
    internal static Tensor Vectors(Tensor stored, string file) => stored.shape switch
    {
        [> 0] => stored.to(ScalarType.Float32).reshape(1, -1),
        [> 0 and <= 75, > 0] => stored.to(ScalarType.Float32),
        var shape => throw new InvalidDataException(
            $"'{file}': the embedding has shape [{string.Join(", ", shape)}]; wanted [width] or [1 to 75 vectors, width]."),
    };

    /// <summary>What is none of the known kinds.</summary>
    /// <param name="what">Why; null: it holds these tensors.</param>
    internal static InvalidDataException Unknown(IWeightFile file, string? what = null)
    {
        var some = string.Join(", ", file.Names.Take(4)) + (file.Names.Count > 4 ? ", …" : "");
        return new(
            $"'{file.Name}' is no concept: {what ?? $"it holds {file.Names.Count} tensors ({some})"}. "
            + "Wanted ViCo's embeddings_gs-N.pt and cross_attention-N.pt, diffusers' learned_embeds, a web UI embedding, CatVersion's "
                + "pytorch_adapter.bin, low-rank pairs (LoRA), or a bare tensor.");
    }
}
