using System.Collections.Concurrent;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Jobs;

namespace ViCo.Gateway.Jobs;

/// <summary>This gateway's ear at the jobs it follows: one observer for all of them. A hint wakes the readers; the log is what they read.</summary>
internal sealed class JobHints(IGrainFactory grains, TimeProvider clock) : IJobWatcher
{
    /// <summary>Well inside the five minutes after which a job forgets its watchers.</summary>
    private static readonly TimeSpan _renewal = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, JobHint> _jobs = new();
    private readonly Lock _gate = new();
    private IJobWatcher? _reference;

    /// <summary>Follows a job until the returned hint is disposed.</summary>
    public JobHint Follow(CurrentTenant tenant, string jobId)
    {
        var key = tenant.Id.Key(jobId);
        lock (_gate)
        {
            var hint = _jobs.GetOrAdd(key, static (_, all) => new JobHint(all), this);
            hint.Followers++;
            return hint;
        }
    }

    /// <summary>Asks the job to tell us, unless it was asked a short while ago.</summary>
    public async Task KeepWatchAsync(JobHint hint, CurrentTenant tenant, string jobId)
    {
        var now = clock.GetUtcNow();
        if (now - hint.Watched < _renewal) return;
        hint.Watched = now;
        try
        {
            await tenant.Job(jobId).Watch(Reference());
        }
        catch
        {
            hint.Watched = default;
            throw;
        }
    }

    /// <summary>The last follower takes the ear away.</summary>
    public async Task LeaveAsync(JobHint hint, CurrentTenant tenant, string jobId)
    {
        lock (_gate)
        {
            if (--hint.Followers > 0) return;
            _jobs.TryRemove(tenant.Id.Key(jobId), out _);
        }
        await tenant.Job(jobId).Unwatch(Reference());
    }

    /// <summary>The newest sequence number known here, or null when nobody here follows the job.</summary>
    public long? NewestSeq(string jobKey) => _jobs.TryGetValue(jobKey, out var hint) ? hint.NewestSeq : null;

    Task IJobWatcher.Grown(string jobKey, long seq, int? previewStep)
    {
        if (_jobs.TryGetValue(jobKey, out var hint)) hint.Wake(seq);
        return Task.CompletedTask;
    }

    private IJobWatcher Reference()
    {
        lock (_gate) return _reference ??= grains.CreateObjectReference<IJobWatcher>(this);
    }
}
