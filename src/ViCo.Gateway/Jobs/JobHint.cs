namespace ViCo.Gateway.Jobs;

/// <summary>One followed log: the newest sequence number heard of, and a bell.</summary>
internal sealed class JobHint(string key)
{
    private TaskCompletionSource _bell = NewBell();
    private long _newestSeq;

    public string Key => key;

    public int Followers { get; set; }

    public DateTimeOffset Watched { get; set; }

    public long NewestSeq => Interlocked.Read(ref _newestSeq);

    /// <summary>Take it before reading the log: a hint that comes in between completes it.</summary>
    public Task NextHint => Volatile.Read(ref _bell).Task;

    public void Wake(long seq)
    {
        Saw(seq);
        Interlocked.Exchange(ref _bell, NewBell()).TrySetResult();
    }

    /// <summary>Raises the newest sequence number; it never falls.</summary>
    public void Saw(long seq)
    {
        for (var known = NewestSeq; seq > known; known = NewestSeq)
        {
            if (Interlocked.CompareExchange(ref _newestSeq, seq, known) == known) return;
        }
    }

    private static TaskCompletionSource NewBell() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
