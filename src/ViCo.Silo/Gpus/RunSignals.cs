namespace ViCo.Silo.Gpus;

/// <summary>How the parts of one attempt tell each other to stop (now, publish nothing) or to pause (at the next step boundary).</summary>
internal sealed class RunSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private int _reason;
    private volatile string? _pause;
    private volatile bool _reports;

    public CancellationToken Stopped => _stop.Token;

    public StopReason Reason => (StopReason)Volatile.Read(ref _reason);

    /// <summary>Why to pause, or null.</summary>
    public string? PauseReason => _pause;

    /// <summary>What broke, for <see cref="StopReason.Broken"/>.</summary>
    public Exception? Error { get; private set; }

    /// <summary>
    /// Only the report is left. The job gives the lease back before it answers, and refuses the report of a lease that was lost: from now
    /// on <see cref="StopReason.Lost"/> stops nothing.
    /// </summary>
    public void Report() => _reports = true;

    /// <summary>The first reason stands.</summary>
    public void Stop(StopReason reason, Exception? error = null)
    {
        if (reason == StopReason.Lost && _reports) return;
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)StopReason.None) != (int)StopReason.None) return;
        Error = error;
        _stop.Cancel();
    }

    public void Pause(string why) => _pause ??= why;

    public void Dispose() => _stop.Dispose();
}
