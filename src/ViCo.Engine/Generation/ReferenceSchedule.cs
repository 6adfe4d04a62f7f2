namespace ViCo.Engine.Generation;

/// <summary>One sampling's way through the readings of a schedule, those of a cache or its own.</summary>
internal sealed class ReferenceSchedule(ReferenceCache cache, string? key, KeptReadings kept) : IDisposable
{
    private readonly List<Tensor> _passing = [];

    /// <summary>What is to be read at a timestep, computed if need be; valid until the next reading.</summary>
    /// <param name="place">Names where S★ stands in the prompt: what its attention is read from.</param>
    public ReferenceReading Read(double timestep, string place, Func<ReferenceReading> compute)
    {
        LetPass();
        var attention = kept.Attention(place);
        var hit = kept.Tokens.Find(timestep) is not null && attention.Find(timestep) is not null;
        ReferenceCache.Count(hit);
        if (hit) return new(kept.Tokens.Find(timestep)!, attention.Find(timestep)!);

        var reading = compute();
        // Attention without tokens would be of no use.
        if (Keeps(kept.Tokens, timestep, reading.Tokens)) Keeps(attention, timestep, reading.PlaceholderAttention);
        else _passing.AddRange(reading.PlaceholderAttention.Values);
        return reading;
    }

    /// <summary>Ends the way. A schedule that was not gone through whole is let go.</summary>
    public void Dispose()
    {
        LetPass();
        if (key is not null) cache.Close(key, kept);
    }

    private bool Keeps(KeptTrack track, double timestep, IReadOnlyDictionary<int, Tensor> layers)
    {
        if (track.Find(timestep) is null && key is not null && !kept.Disposed && track.Takes(timestep, layers, cache)) return true;
        _passing.AddRange(layers.Values);
        return track.Find(timestep) is not null;
    }

    private void LetPass()
    {
        foreach (var tensor in _passing) tensor.Dispose();
        _passing.Clear();
    }
}
