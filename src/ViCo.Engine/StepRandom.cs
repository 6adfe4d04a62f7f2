namespace ViCo.Engine;

/// <summary>
/// Random numbers that depend on (seed, purpose, index) alone, so that a resumed training draws what an uninterrupted one would.
/// </summary>
/// <remarks>SplitMix64: Steele, Lea and Flood 2014.</remarks>
internal struct StepRandom
{
    private ulong _state;

    public StepRandom(long seed, Purpose purpose, long index)
    {
        // Each part is scrambled before the next is added: neighbouring seeds and indices share nothing.
        _state = unchecked((ulong)seed);
        _state = Next() + (ulong)purpose;
        _state = Next() + unchecked((ulong)index);
        _state = Next();
    }

    /// <summary>Streams that must not share numbers.</summary>
    public enum Purpose
    {
        Order = 1,
        Sample = 2,
        Noise = 3,
        BlockInitialization = 4,
        TokenMerging = 5,
        PriorSample = 6,
        PriorNoise = 7,
        Size = 8,
    }

    public ulong Next()
    {
        unchecked
        {
            var z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>0 to <paramref name="count"/> - 1; the bias of 2⁻⁶⁴ · count is of no consequence here.</summary>
    public int Below(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);

    /// <summary>In [0, 1).</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));
}
