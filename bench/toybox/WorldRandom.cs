namespace ViCo.ToyboxWorld;

/// <summary>Random numbers of a scene: the same from the same seed on every machine. SplitMix64, Steele, Lea and Flood 2014.</summary>
/// <param name="seed">Seeds next to each other share nothing.</param>
public sealed class WorldRandom(ulong seed)
{
    private ulong _state = Scrambled(seed);
    private double? _spare;

    /// <summary>64 random bits.</summary>
    public ulong Next() => Scrambled(_state += 0x9E3779B97F4A7C15);

    /// <summary>In [0, 1).</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>In [from, to).</summary>
    public double Uniform(double from, double to) => from + ((to - from) * Unit());

    /// <summary>0 to <paramref name="count"/> - 1.</summary>
    public int Below(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);

    /// <summary>From <paramref name="from"/> to <paramref name="to"/> - 1.</summary>
    public int Whole(int from, int to) => from + Below(to - from);

    /// <summary>One of some.</summary>
    public T Of<T>(IReadOnlyList<T> some) => some[Below(some.Count)];

    /// <summary>Normal. Box and Muller 1958.</summary>
    public double Normal(double mean, double deviation)
    {
        if (_spare is { } spare)
        {
            _spare = null;
            return mean + (deviation * spare);
        }
        var (radius, angle) = (Math.Sqrt(-2 * Math.Log(1 - Unit())), 2 * Math.PI * Unit());
        _spare = radius * Math.Sin(angle);
        return mean + (deviation * radius * Math.Cos(angle));
    }

    private static ulong Scrambled(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
