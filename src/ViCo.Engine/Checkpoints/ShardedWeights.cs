using System.Text.Json;

namespace ViCo.Engine.Checkpoints;

/// <summary>Several weight files that an index joins into one, as diffusers and transformers shard large models.</summary>
internal sealed class ShardedWeights : IWeightFile
{
    private readonly Dictionary<string, IWeightFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IWeightFile> _places = new(StringComparer.Ordinal);

    private ShardedWeights(string indexPath)
    {
        Name = indexPath;
        var folder = Path.GetDirectoryName(Path.GetFullPath(indexPath))!;
        try
        {
            foreach (var (tensor, shard) in ReadIndex())
            {
                if (!_files.TryGetValue(shard, out var file))
                    _files.Add(shard, file = Open(folder, shard));
                if (!file.Names.Contains(tensor))
                    throw Defect($"it places tensor '{tensor}' in '{shard}', which has none of that name");
                _places[tensor] = file;
            }

            foreach (var (shard, file) in _files)
            {
                if (file.Names.FirstOrDefault(n => !_places.TryGetValue(n, out var place) || place != file) is { } stray)
                    throw Defect($"'{shard}' holds tensor '{stray}', which the index does not place there");
            }

            Names = [.. _places.Keys.Order(StringComparer.Ordinal)];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <param name="indexPath">Such as <c>unet/diffusion_pytorch_model.safetensors.index.json</c>.</param>
    /// <exception cref="InvalidDataException">The index or a shard is damaged, or they disagree.</exception>
    public static ShardedWeights Open(string indexPath) => new(indexPath);

    public string Name { get; }

    public IReadOnlyList<string> Names { get; }

    /// <summary>Paths of the shards, in ordinal order.</summary>
    public IEnumerable<string> Paths => _files.Values.Select(f => f.Name).Order(StringComparer.Ordinal);

    public TensorInfo Info(string name) => Find(name).Info(name);

    public Tensor LoadAsStored(string name) => Find(name).LoadAsStored(name);

    public Tensor Borrow(string name) => Find(name).Borrow(name);

    public void MakeResident(ScalarType dtype)
    {
        foreach (var file in _files.Values)
            file.MakeResident(dtype);
    }

    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();
    }

    private IWeightFile Find(string name) =>
        _places.TryGetValue(name, out var file) ? file : throw Defect($"there is no tensor '{name}' among its {_places.Count}");

    private IWeightFile Open(string folder, string shard)
    {
        if (shard.AsSpan().ContainsAny('/', '\\', ':') || shard is "" or "." or "..")
            throw Defect($"shard '{shard}' is not a file of the same folder");
        var path = Path.Combine(folder, shard);
        return File.Exists(path) ? WeightFiles.Open(path) : throw Defect($"shard '{shard}' is missing");
    }

    private List<(string Tensor, string Shard)> ReadIndex()
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(Name), new() { MaxDepth = 8 });
            if (json.RootElement.ValueKind != JsonValueKind.Object
                || !json.RootElement.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
                throw Defect("it has no object 'weight_map'");
            return
            [
                .. map.EnumerateObject().Select(entry => (entry.Name, entry.Value.ValueKind == JsonValueKind.String
                    ? entry.Value.GetString()!
                    : throw Defect($"weight_map '{entry.Name}' is not a string"))),
            ];
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"Index '{Name}' is not JSON: {e.Message}", e);
        }
    }

    private InvalidDataException Defect(string what) => new($"Index '{Name}': {what}.");
}
