namespace ViCo.Engine.Generation;

/// <summary>
/// What a cache holds of one schedule: tokens, and the attention of S★ for each place where prompts had it. Owns its tensors.
/// </summary>
internal sealed class KeptReadings(int timesteps) : IDisposable
{
    private readonly Dictionary<string, KeptTrack> _attention = [];

    public KeptTrack Tokens { get; } = new(timesteps);

    /// <summary>How many samplings are going through it.</summary>
    public int Users { get; set; }

    /// <summary>Number of the newest sampling that used it: tells which schedule is unused the longest.</summary>
    public long LastOpened { get; set; }

    public bool Disposed { get; private set; }

    /// <summary>Bytes set aside.</summary>
    public long Bytes => Tokens.Bytes + _attention.Values.Sum(t => t.Bytes);

    public KeptTrack Attention(string place)
    {
        if (!_attention.TryGetValue(place, out var track)) _attention[place] = track = new(timesteps);
        return track;
    }

    /// <summary>Frees what has gaps; all of it, if the tokens have some.</summary>
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
