using System.Collections.Concurrent;
using ViCo.Grains.Jobs;

namespace ViCo.Gateway.Jobs;

/// <summary>Rings once, when there is more in a log. Those who wait for it read together what the log has until then.</summary>
internal sealed class JobBell
{
    // Whoever is far behind the others reads alone: nothing much is kept.
    private const int Kept = 16;

    private readonly TaskCompletionSource _rung = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<long, Lazy<Task<EventPage?>>> _pages = [];

    public Task Rung => _rung.Task;

    public void Ring() => _rung.TrySetResult();

    /// <summary>The log after a place, asked for once however many want it.</summary>
    /// <remarks>Who has the bell before reading misses nothing: what comes after the read rings it.</remarks>
    public Task<EventPage?> ReadAsync(long afterSeq, Func<Task<EventPage?>> read) =>
        _pages.TryGetValue(afterSeq, out var known) ? known.Value
        : _pages.Count >= Kept ? read()
        : _pages.GetOrAdd(afterSeq, _ => new(read)).Value;
}
