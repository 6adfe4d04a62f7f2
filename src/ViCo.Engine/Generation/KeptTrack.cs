namespace ViCo.Engine.Generation;

/// <summary>Tensors by layer for each timestep of a schedule. Owns them.</summary>
internal sealed class KeptTrack(int timesteps)
{
    private readonly Dictionary<double, IReadOnlyDictionary<int, Tensor>> _steps = [];
    private bool _refused;

    /// <summary>Bytes set aside for all timesteps.</summary>
    public long Bytes { get; private set; }

    public bool IsWhole => _steps.Count == timesteps;

    public IReadOnlyDictionary<int, Tensor>? Find(double timestep) => _steps.GetValueOrDefault(timestep);

    /// <summary>Keeps a timestep's tensors, if the cache has room for those of all timesteps.</summary>
    public bool Takes(double timestep, IReadOnlyDictionary<int, Tensor> layers, ReferenceCache cache)
    {
        if (_refused || IsWhole) return false;                 // a sampler may look between its timesteps
        if (Bytes == 0)
        {
            var bytes = timesteps * layers.Values.Sum(t => t.numel() * t.ElementSize);
            _refused = !cache.Admits(bytes);
            if (_refused) return false;
            Bytes = bytes;
        }
        _steps[timestep] = layers;
        return true;
    }

    public void Clear()
    {
        foreach (var tensor in _steps.Values.SelectMany(layers => layers.Values)) tensor.Dispose();
        _steps.Clear();
        (Bytes, _refused) = (0, false);
    }
}
