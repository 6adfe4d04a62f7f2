using System.Globalization;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Methods.Parts;
using ViCo.Options;

namespace ViCo.Engine.Methods.DreamBoothLora;

/// <summary>A file of low-rank pairs. One writer per way of naming; any reads every way that <see cref="LoraKeys"/> knows.</summary>
/// <remarks>
/// What is read has one rank and counts once: the scale alpha / rank of each layer is multiplied into its second matrix, and pairs of
/// lower rank are filled up with zeros.
/// </remarks>
internal sealed class LoraFile(LoraNaming naming) : IConceptFormat
{
    public string Name => naming.Name;

    public ConceptPiece? Read(IWeightFile file)
    {
        if (!file.Names.Any(n => n.Contains("lora", StringComparison.OrdinalIgnoreCase))) return null;
        using var scope = NewDisposeScope();
        var layers = new Dictionary<(string Network, string Path), Dictionary<LoraRole, Tensor>>();
        foreach (var key in file.Names)
        {
            var read = LoraKeys.Read(key) ?? throw new InvalidDataException(
                $"'{file.Name}' holds low-rank pairs (LoRA) of another network or form: '{key}' names no layer of Stable Diffusion 1.x.");
            if (!layers.TryGetValue((read.Network, read.Path), out var layer)) layers[(read.Network, read.Path)] = layer = [];
            if (!layer.TryAdd(read.Role, file.Load(key)))
                throw new InvalidDataException($"'{file.Name}': '{key}' is there a second time under another name.");
        }
        var alphas = LoraAlphas.In(file);
        foreach (var (place, layer) in layers)
        {
            if (!IsMatrix(LoraRole.Down) || !IsMatrix(LoraRole.Up))
                throw new InvalidDataException(
                    $"'{file.Name}': {place.Network} layer '{place.Path}' has half of a low-rank pair; wanted both matrices.");

            bool IsMatrix(LoraRole role) => layer.TryGetValue(role, out var tensor) && tensor.Dimensions is 2 or 4;
        }
        var rank = layers.Values.Max(l => l[LoraRole.Down].shape[0]);
        if (rank < 1 || rank > (long)LowRankOption.Rank.Most!)
            throw new InvalidDataException($"'{file.Name}': its pairs have rank {rank}; wanted {LowRankOption.Rank.Wanted}.");
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var ((network, path), layer) in layers)
        {
            var (down, up) = (layer[LoraRole.Down], layer[LoraRole.Up]);
            var own = down.shape[0];
            if (up.shape[1] != own)
                throw new InvalidDataException(
                    $"'{file.Name}': the pair of {network} layer '{path}' is [{string.Join(", ", down.shape)}] and "
                    + $"[{string.Join(", ", up.shape)}]; wanted the same rank in both.");
            var alpha = layer.TryGetValue(LoraRole.Alpha, out var stored) ? HostRead.Number(stored) : alphas.Of(network, path, own);
            if (alpha is { } told && told != own) up = up.Times(told / own);
            tensors[LowRank.KeyOf(network, path, "down")] = FilledUp(down, 0).MoveToOuterDisposeScope();
            tensors[LowRank.KeyOf(network, path, "up")] = FilledUp(up, 1).MoveToOuterDisposeScope();

            Tensor FilledUp(Tensor matrix, int dimension)
            {
                if (own == rank) return matrix;
                var shape = matrix.shape;
                shape[dimension] = rank - own;
                return cat([matrix, NewTensor.Zeros(shape, matrix.dtype, matrix.device)], dimension);
            }
        }
        return new(null, tensors) { StandsAlone = true };
    }

    public IReadOnlyList<string> Write(ConceptWeights concept, string path, string? placeholder)
    {
        var pairs = concept.Others.Select(t => (Key: LoraKeys.Read(t.Key), t.Value)).Where(t => t.Key is not null).ToList();
        if (pairs.Count == 0)
            throw new InvalidDataException($"{concept.Source}: a LoRA file holds low-rank pairs, and the concept has none.");
        if (Path.GetExtension(path) != ".safetensors")
            throw new ArgumentException($"'{path}' ends in '{Path.GetExtension(path)}'; LoRA files are .safetensors.");
        var rank = pairs.First(p => p.Key!.Role == LoraRole.Down).Value.shape[0];
        var asked = concept.Metadata is { } own ? TrainingOptions.FromJson(own.OptionsJson).Get(LowRankOption.Alpha) : null;
        var alpha = asked ?? rank;
        using var scope = NewDisposeScope();
        var tensors = pairs.Select(p => KeyValuePair.Create(naming.KeyOf(p.Key!), p.Value)).ToList();
        var layers = pairs.Select(p => (p.Key!.Network, p.Key.Path)).Distinct().ToList();
        var header = new Dictionary<string, string> { ["format"] = "pt" };
        if (naming.AlphaInTensors)
        {
            var value = NewTensor.Of([(float)alpha], CPU).squeeze(0);
            tensors.AddRange(layers.Select(l => KeyValuePair.Create(naming.KeyOf(new(l.Network, l.Path, LoraRole.Alpha)), value)));
            header["ss_network_module"] = "networks.lora";
            header["ss_network_dim"] = rank.ToString(CultureInfo.InvariantCulture);
            header["ss_network_alpha"] = alpha.ToString("0.0###############", CultureInfo.InvariantCulture);
        }
        else
        {
            header[LowRank.Metadata] = LowRank.MetadataOf(layers, rank, alpha);
        }
        NewFile.Write(path, output => SafetensorsWriter.Write(output, tensors, header));
        return [path];
    }
}
