namespace ViCo.Engine.Generation;

/// <summary>What a cache holds of one schedule: tokens, and the attention of S★ for each place where prompts had it. Owns its tensors.</summary>
internal sealed class KeptReadings(int timesteps) : IDisposable
{
    private readonly Dictionary<string, KeptTrack> _attention = [];

    public KeptTrack Tokens { get; } = new(timesteps);

    /// <summary>Samplings on their way through.</summary>
    public int Users { get; set; }

    /// <summary>Number of the newest way through, to know the longest unused.</summary>
    public long LastOpened { get; set; }

    public bool Disposed { get; private set; }

    /// <summary>Bytes set aside.</summary>
    public long Bytes => Tokens.Bytes + _attention.Values.Sum(t => t.Bytes);

    public KeptTrack Attention(string place)
    {
        if (!_attention.TryGetValue(place, out var track)) _attention[place] = track = new(timesteps);
        return track;
    }

    /// <summary>Lets go of what has gaps: all of it, if the tokens have.</summary>
    /// <returns>Bytes given back.</returns>
    public long DropIncomplete()
    {
        var before = Bytes;
        foreach (var (place, track) in _attention.Where(a => !Tokens.IsWhole || !a.Value.IsWhole).ToArray())
        {
            track.Clear();
            _attention.Remove(place);
        }
        if (!Tokens.IsWhole) Tokens.Clear();
        return before - Bytes;
    }

    public void Dispose()
    {
        Disposed = true;
        Tokens.Clear();
        foreach (var track in _attention.Values) track.Clear();
    }
}

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
