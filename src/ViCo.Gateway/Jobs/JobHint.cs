namespace ViCo.Gateway.Jobs;

/// <summary>One followed log: the newest sequence number heard of, and a bell.</summary>
internal sealed class JobHint(string key)
{
    private JobBell _bell = new();
    private long _newestSeq;

    public string Key => key;

    public int Followers { get; set; }

    public DateTimeOffset Watched { get; set; }

    public long NewestSeq => Interlocked.Read(ref _newestSeq);

    /// <summary>Take it before reading the log: a hint that comes in between rings it.</summary>
    public JobBell Bell => Volatile.Read(ref _bell);

    public void Wake(long seq)
    {
        Saw(seq);
        Interlocked.Exchange(ref _bell, new()).Ring();
    }

    /// <summary>Wakes all who wait for a bell that has been silent for so long that a hint may be lost.</summary>
    public void Doubt(JobBell silent)
    {
        if (!silent.Rung.IsCompleted && Interlocked.CompareExchange(ref _bell, new(), silent) == silent) silent.Ring();
    }

    /// <summary>Raises the newest sequence number; it never falls.</summary>
    public void Saw(long seq)
    {
        for (var known = NewestSeq; seq > known; known = NewestSeq)
        {
            if (Interlocked.CompareExchange(ref _newestSeq, seq, known) == known) return;
        }
    }
}
