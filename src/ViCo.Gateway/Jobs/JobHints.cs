using System.Collections.Concurrent;
using ViCo.Grains.Jobs;

namespace ViCo.Gateway.Jobs;

/// <summary>
/// This gateway's ear at the logs it follows: one observer for all of them. A hint wakes the readers; the log is what they read.
/// </summary>
internal sealed class JobHints(IGrainFactory grains, TimeProvider clock) : IJobWatcher
{
    /// <summary>Well inside the five minutes after which watchers are forgotten.</summary>
    private static readonly TimeSpan _renewal = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, JobHint> _logs = new();
    private readonly Lock _gate = new();
    private IJobWatcher? _reference;

    /// <summary>Follows a log until <see cref="LeaveAsync"/>.</summary>
    /// <param name="key">The name under which its grain tells of it.</param>
    public JobHint Follow(string key)
    {
        lock (_gate)
        {
            var hint = _logs.GetOrAdd(key, static name => new JobHint(name));
            hint.Followers++;
            return hint;
        }
    }

    /// <summary>Asks the log's grain to tell us, unless it was asked a short while ago.</summary>
    public async Task KeepWatchAsync(JobHint hint, Func<IJobWatcher, Task> watch)
    {
        var now = clock.GetUtcNow();
        if (now - hint.Watched < _renewal) return;
        hint.Watched = now;
        try
        {
            await watch(Reference());
        }
        catch
        {
            hint.Watched = default;
            throw;
        }
    }

    /// <summary>The last follower takes the ear away.</summary>
    public async Task LeaveAsync(JobHint hint, Func<IJobWatcher, Task> unwatch)
    {
        lock (_gate)
        {
            if (--hint.Followers > 0) return;
            _logs.TryRemove(hint.Key, out _);
        }
        await unwatch(Reference());
    }

    /// <summary>The newest sequence number known here, or null when nobody here follows the log.</summary>
    public long? NewestSeq(string key) => _logs.TryGetValue(key, out var hint) ? hint.NewestSeq : null;

    Task IJobWatcher.Grown(string jobKey, long seq, int? previewStep)
    {
        if (_logs.TryGetValue(jobKey, out var hint)) hint.Wake(seq);
        return Task.CompletedTask;
    }

    private IJobWatcher Reference()
    {
        lock (_gate) return _reference ??= grains.CreateObjectReference<IJobWatcher>(this);
    }
}
