using ViCo.Grains.Fleet;

namespace ViCo.Grains.Gpus;

/// <content>What the line looks like from outside.</content>
internal sealed partial class GpuLine
{
    public int Count => _entries.Count;

    public int Waiting => _entries.Count - _leases.All.Count;

    public bool Contains(string jobKey) => _entries.ContainsKey(jobKey);

    /// <summary>A job in line or under a lease, or null.</summary>
    public LineEntry? Find(string jobKey) => _entries.GetValueOrDefault(jobKey);

    /// <summary>
    /// About how many jobs go before this one: in its user's line those that came before it, drawings before trainings; of every other user
    /// and tenant at most one more, for they take turns.
    /// </summary>
    public int Ahead(LineEntry entry)
    {
        var user = ShareOf(entry);
        var ahead = user.Before(entry);
        for (var share = user; share.Parent is { } parent; share = parent)
        {
            var turns = ahead + 1;
            ahead += parent.Children.Where(c => c != share).Sum(c => Math.Min(c.WaitingFor(entry.Interactive), turns));
        }
        return ahead;
    }

    public QueueLoad Load(DateTimeOffset now)
    {
        var (drawings, trainings, seconds, oldest) = (0, 0, 0.0, now);
        foreach (var entry in _entries.Values)
        {
            if (entry.Lease is not null) continue;
            if (entry.Interactive) drawings++;
            else trainings++;
            seconds += Left(entry, now);
            if (entry.WaitingSince < oldest) oldest = entry.WaitingSince;
        }
        return new(drawings, trainings, _leases.All.Count, seconds)
        {
            OldestSeconds = (now - oldest).TotalSeconds, Granted = _granted, Lost = _lost, Paused = _preemption.Arranged,
        };
    }

    public IReadOnlyList<WorkerLease> Leases(DateTimeOffset now) => [.. _leases.All.Order().Select(e =>
        new WorkerLease(e.Lease!.Worker, e.JobKey, e.Lease.Attempt, e.Interactive, now - e.Lease.Granted, Left(e, now)))];

    public IReadOnlyList<QueueEntry> WaitingEntries() =>
        [.. _entries.Values.Where(e => e.Lease is null).Order().Select(e => e.Describe())];

    public IReadOnlyList<GpuLease> RunningLeases() => [.. _leases.All.Order().Select(e => e.Grant())];

    /// <summary>About how many seconds of a device it still needs: as long as its tenant's last ones took, without what it had.</summary>
    private double Left(LineEntry entry, DateTimeOffset now)
    {
        var tenant = ShareOf(entry).Parent!;
        var whole = entry.Interactive ? tenant.DrawingSeconds : tenant.TrainingSeconds;
        var had = entry.Lease?.Seconds(now) ?? 0;
        // A drawing that is taken up again begins anew; whatever goes on for longer than others may end at any moment.
        return Math.Max(whole - (entry.Interactive ? had : entry.Used + had), whole / 10);
    }
}
