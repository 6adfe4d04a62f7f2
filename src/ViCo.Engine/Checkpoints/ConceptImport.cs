using System.Globalization;
using System.Text.RegularExpressions;
using ViCo.Engine.Checkpoints.Pickle;

namespace ViCo.Engine.Checkpoints;

/// <summary>Reads concepts as we and other programs write them: ViCo's official code, diffusers, the web UI (A1111), a bare tensor.</summary>
internal static partial class ConceptImport
{
    private const string BlockMark = ".image_cross_attention.";
    private const string UpstreamPrefix = "model.";

    /// <summary>One concept from its files: for ViCo the embedding and the image blocks, otherwise one file.</summary>
    /// <exception cref="InvalidDataException">A file is damaged or of no known kind, the embedding is missing or there twice.</exception>
    public static ConceptWeights Read(IReadOnlyList<string> paths)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor? embedding = null;
        string? placeholder = null;
        int? step = null;
        ConceptMetadata? metadata = null;
        var blocks = new SortedDictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            using IWeightFile file = WeightFiles.Open(path);
            var found = file is TorchFile { Root: var root } torch ? FromTorch(torch, root) : FromNames(file);
            if (found.Embedding is not null && embedding is not null)
                throw new InvalidDataException($"'{path}': a second embedding; one concept has one. Give the files of one concept.");
            embedding ??= found.Embedding;
            placeholder ??= found.Placeholder;
            metadata ??= found.Metadata;
            if ((found.Step ?? StepOf(path)) is { } counted)
            {
                if (step is { } other && other != counted)
                    throw new InvalidDataException($"'{path}' is of step {counted}, another file of step {other}. Give the files of one step.");
                step = counted;
            }

            foreach (var (name, tensor) in found.Blocks)
            {
                if (!blocks.TryAdd(name, tensor))
                    throw new InvalidDataException($"'{path}': image block tensor '{name}' is in another of the files too.");
            }
        }

        if (embedding is null)
        {
            throw new InvalidDataException($"{string.Join(", ", paths.Select(p => $"'{p}'"))}: no embedding; "
                + "ViCo's image blocks (cross_attention-N.pt) go with its embeddings_gs-N.pt.");
        }

        foreach (var tensor in blocks.Values)
            tensor.DetachFromDisposeScope();
        return new(embedding.DetachFromDisposeScope(), blocks, step, placeholder) { Metadata = metadata };
    }

    /// <summary>Completed steps by a file's name: upstream counts from 0, so its 399 is our 400; diffusers' <c>-steps-N</c> counts completed ones.</summary>
    internal static int? StepOf(string path)
    {
        var name = Path.GetFileName(path);
        if (UpstreamStep.Match(name) is { Success: true } upstream)
            return int.Parse(upstream.Groups[1].Value, CultureInfo.InvariantCulture) + 1;
        return DiffusersStep.Match(name) is { Success: true } diffusers ? int.Parse(diffusers.Groups[1].Value, CultureInfo.InvariantCulture) : null;
    }

    [GeneratedRegex(@"^(?:cross_attention|embeddings_gs)-(\d{1,8})\.pt$")]
    private static partial Regex UpstreamStep { get; }

    [GeneratedRegex(@"-steps-(\d{1,8})\.(?:bin|safetensors)$")]
    private static partial Regex DiffusersStep { get; }

    private sealed record Found(Tensor? Embedding, string? Placeholder, int? Step, IReadOnlyDictionary<string, Tensor> Blocks)
    {
        public ConceptMetadata? Metadata { get; init; }
    }

    private static Found FromTorch(TorchFile file, object? root) => root switch
    {
        PickleTensor bare => new(Vectors(file.Load(bare), file.Name), null, null, NoBlocks),
        PickleDict dict when dict.TryGet("string_to_param", out var parameters) => FromStringToParam(file, dict, parameters),
        _ => FromNames(file),
    };

    /// <summary>Textual Inversion's file, which upstream's embeddings_gs and the web UI's .pt share: a dict or ParameterDict by placeholder.</summary>
    private static Found FromStringToParam(TorchFile file, PickleDict dict, object? parameters)
    {
        if (parameters is PickleObject { State: PickleDict state })
            parameters = state.TryGet("_parameters", out var inner) ? inner : null;
        if (parameters is not PickleDict { Entries: [(string word, PickleTensor tensor)] })
            throw Unknown(file, "its string_to_param does not hold exactly one placeholder");
        // The web UI writes '*' there and the user's name beside it.
        var name = dict.TryGet("name", out var given) && given is string text ? text : word;
        var step = dict.TryGet("step", out var counted) && counted is long and > 0 and <= int.MaxValue ? (int?)(long)counted : null;
        return new(Vectors(file.Load(tensor), file.Name), name, step, NoBlocks);
    }

    private static Found FromNames(IWeightFile file)
    {
        if (file is SafetensorsFile own && own.Contains(ConceptMetadata.EmbeddingKey))
        {
            var metadata = ConceptMetadata.FromEntries(own.Metadata);
            return new(
                Vectors(own.Load(ConceptMetadata.EmbeddingKey), own.Name), null, metadata.Step,
                own.Names.Where(n => n != ConceptMetadata.EmbeddingKey).ToDictionary(n => n, n => own.Load(n), StringComparer.Ordinal)) { Metadata = metadata };
        }

        if (file is SafetensorsFile several && several.Contains(ConceptMetadata.KeyOf(0, TrainingRequest.MaxObjects)))
        {
            throw new InvalidDataException($"'{file.Name}' holds several objects ({string.Join(", ", ConceptMetadata.FromEntries(several.Metadata).InitWords)}); "
                + "files of other programs hold one.");
        }

        if (file.Names.Count > 0 && file.Names.All(n => n.Contains(BlockMark, StringComparison.Ordinal)))
        {
            return new(null, null, null, file.Names.ToDictionary(
                n => n.StartsWith(UpstreamPrefix, StringComparison.Ordinal) ? n[UpstreamPrefix.Length..] : n, n => file.Load(n), StringComparer.Ordinal));
        }

        if (file.Names is not [var only])
            throw Unknown(file, $"it holds {file.Names.Count} tensors ({string.Join(", ", file.Names.Take(4))}{(file.Names.Count > 4 ? ", …" : "")})");
        return new(Vectors(file.Load(only), file.Name), only == "emb_params" ? null : only, null, NoBlocks);
    }

    /// <summary>One vector may be stored without its first dimension.</summary>
    private static Tensor Vectors(Tensor stored, string file) => stored.shape switch
    {
        [> 0] => stored.to(ScalarType.Float32).reshape(1, -1),
        [> 0 and <= 75, > 0] => stored.to(ScalarType.Float32),
        var shape => throw new InvalidDataException($"'{file}': the embedding has shape [{string.Join(", ", shape)}]; wanted [width] or [1 to 75 vectors, width]."),
    };

    private static readonly Dictionary<string, Tensor> NoBlocks = [];

    private static InvalidDataException Unknown(IWeightFile file, string what) => new(
        $"'{file.Name}' is no concept: {what}. Wanted ViCo's embeddings_gs-N.pt and cross_attention-N.pt, diffusers' learned_embeds, "
        + "a web UI embedding, or a bare tensor.");
}
