using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Gpus;

/// <summary>Who waits and who holds a lease: the queue's logic without clock, storage or calls.</summary>
/// <remarks>
/// Order: sampling before training (unless a training has waited long), then the tenant that used the least GPU time of late, then age.
/// An entry restored from its marker is unverified: its job must be asked who runs it before it is given out.
/// </remarks>
internal sealed class GpuLine(LeaseOptions options)
{
    private static readonly TimeSpan UsageHalfLife = TimeSpan.FromMinutes(10);

    // Idle workers ask several times a second; what waited longer than this, none of them could take.
    private static readonly TimeSpan NobodyCame = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Deferral = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Entry> _entries = [];
    private readonly Dictionary<string, Entry> _leasedBy = [];
    private readonly Dictionary<string, Share> _shares = [];

    public bool Contains(string jobKey) => _entries.ContainsKey(jobKey);

    /// <summary>A marker was found: the job waits or runs; its own record says which.</summary>
    public void Restore(QueueEntry entry, DateTimeOffset now) => Add(new(entry, now) { Verified = false });

    /// <summary>Puts a job in line, or back in line when it is to run a later attempt than the leased one.</summary>
    public void Enqueue(QueueEntry entry, DateTimeOffset now)
    {
        if (!_entries.TryGetValue(entry.JobKey, out var known))
        {
            Add(new(entry, now) { Verified = true });
            return;
        }
        known.Verified = true;
        if (known.Lease is { } lease && lease.Attempt < entry.Attempt) Unlease(known, now);
        known.NextAttempt = Math.Max(known.NextAttempt, entry.Attempt);
    }

    /// <summary>The entry that was removed, or null.</summary>
    public QueueEntry? Remove(string jobKey, DateTimeOffset now)
    {
        if (!_entries.TryGetValue(jobKey, out var entry)) return null;
        if (entry.Lease is not null) Unlease(entry, now);
        _entries.Remove(jobKey);
        Waiting(entry).Remove(entry);
        return entry.Describe();
    }

    /// <summary>The next lease for a worker, or the job that must be asked first, or neither.</summary>
    public (GpuLease? Lease, string? Ask) Lease(string worker, DateTimeOffset now)
    {
        // The answer to an earlier call got lost: the worker asks again while it holds one.
        if (_leasedBy.TryGetValue(worker, out var held)) return (Extend(held, now), null);
        if (Pick(now) is not { } entry) return (null, null);
        if (!entry.Verified) return (null, entry.JobKey);

        Waiting(entry).Remove(entry);
        entry.Lease = new(worker, entry.NextAttempt, now, now + options.Duration);
        entry.NextAttempt++;
        _leasedBy[worker] = entry;
        return (entry.Grant(), null);
    }

    /// <summary>What an unverified entry's job says.</summary>
    /// <returns>False: the job has ended or never was, and its entry is to go.</returns>
    public bool Learn(string jobKey, JobOwner owner, DateTimeOffset now)
    {
        if (!_entries.TryGetValue(jobKey, out var entry) || entry.Verified) return true;
        if (owner.State is not (JobState.Queued or JobState.Running)) return false;

        entry.Verified = true;
        entry.NextAttempt = Math.Max(entry.NextAttempt, owner.Attempt + 1);
        // A worker runs one job at a time: if it holds another lease, it has left this one.
        if (owner.State == JobState.Running && !_leasedBy.ContainsKey(owner.Worker!))
        {
            // Its worker may well live: it has a whole period to renew.
            Waiting(entry).Remove(entry);
            entry.Lease = new(owner.Worker!, owner.Attempt, now, now + options.Duration);
            _leasedBy[owner.Worker!] = entry;
        }
        return true;
    }

    /// <summary>Null: the entry is unverified, ask its job and try again.</summary>
    public LeaseState? Renew(string jobKey, int attempt, string worker, DateTimeOffset now)
    {
        if (!_entries.TryGetValue(jobKey, out var entry)) return LeaseState.Lost;
        if (!entry.Verified) return null;
        if (entry.Lease is not { } lease || lease.Attempt != attempt || lease.Worker != worker) return LeaseState.Lost;
        Extend(entry, now);
        return ShouldPause(entry, now) ? LeaseState.PauseAsked : LeaseState.Kept;
    }

    /// <summary>Whether somebody has a lease of the attempt; null: the entry is unverified, ask its job.</summary>
    public bool? IsHeld(string jobKey, int attempt) =>
        !_entries.TryGetValue(jobKey, out var entry) ? false : !entry.Verified ? null : entry.Lease?.Attempt == attempt;

    /// <summary>Takes back every lease that ran out.</summary>
    public IReadOnlyList<GpuLease> Expire(DateTimeOffset now) => Lose(e => e.Lease!.Expires <= now, now);

    /// <summary>Takes back what an earlier incarnation of this worker's slot held: its process is gone.</summary>
    public IReadOnlyList<GpuLease> LoseSlot(string worker, DateTimeOffset now) =>
        Lose(e => e.Lease!.Worker != worker && WorkerInfo.SlotOf(e.Lease.Worker) == WorkerInfo.SlotOf(worker), now);

    /// <summary>The worker is through with an attempt that the job has neither ended nor queued again.</summary>
    public IReadOnlyList<GpuLease> Done(string jobKey, int attempt, DateTimeOffset now)
    {
        var lost = Lose(e => e.JobKey == jobKey && e.Lease!.Attempt == attempt, now);
        if (lost.Count > 0) Defer(jobKey, now);
        return lost;
    }

    /// <summary>Something is wrong with the job that may pass: others go first for a moment.</summary>
    public void Defer(string jobKey, DateTimeOffset now)
    {
        if (_entries.TryGetValue(jobKey, out var entry)) entry.NotBefore = now + Deferral;
    }

    public IReadOnlyList<QueueEntry> WaitingEntries() =>
        [.. _entries.Values.Where(e => e.Lease is null).Order().Select(e => e.Describe())];

    public IReadOnlyList<GpuLease> RunningLeases() => [.. _leasedBy.Values.Order().Select(e => e.Grant())];

    private List<GpuLease> Lose(Func<Entry, bool> which, DateTimeOffset now)
    {
        List<GpuLease> lost = [];
        foreach (var entry in _leasedBy.Values.Where(which).Order().ToList())
        {
            lost.Add(entry.Grant());
            Unlease(entry, now);
        }
        return lost;
    }

    private void Add(Entry entry)
    {
        _entries.Add(entry.JobKey, entry);
        Waiting(entry).Add(entry);
    }

    private void Unlease(Entry entry, DateTimeOffset now)
    {
        var lease = entry.Lease!;
        ShareOf(entry).Use(lease.Seconds(now), now);
        _leasedBy.Remove(lease.Worker);
        entry.Lease = null;
        entry.WaitingSince = now;
        Waiting(entry).Add(entry);
    }

    private GpuLease Extend(Entry entry, DateTimeOffset now)
    {
        entry.Lease = entry.Lease! with { Expires = now + options.Duration };
        return entry.Grant();
    }

    private Entry? Pick(DateTimeOffset now)
    {
        var (sampling, training) = FairestOfEach(now);
        if (sampling is null || training is null) return sampling ?? training;
        var overdue = now - training.WaitingSince >= options.TrainingWaitsAtMost && training.WaitingSince < sampling.WaitingSince;
        return overdue ? training : sampling;
    }

    private (Entry? Sampling, Entry? Training) FairestOfEach(DateTimeOffset now)
    {
        foreach (var share in _shares.Values) share.Running = 0;
        foreach (var entry in _leasedBy.Values) ShareOf(entry).Running += entry.Lease!.Seconds(now);

        (Entry? Entry, double Used) sampling = default, training = default;
        foreach (var share in _shares.Values)
        {
            var used = share.Used(now) + share.Running;
            sampling = Fairer(sampling, (share.First(interactive: true, now), used));
            training = Fairer(training, (share.First(interactive: false, now), used));
        }
        return (sampling.Entry, training.Entry);
    }

    private static (Entry?, double) Fairer((Entry? Entry, double Used) a, (Entry? Entry, double Used) b)
    {
        if (a.Entry is null || b.Entry is null) return a.Entry is null ? b : a;
        if (a.Used != b.Used) return a.Used < b.Used ? a : b;
        return a.Entry.CompareTo(b.Entry) < 0 ? a : b;
    }

    private bool ShouldPause(Entry training, DateTimeOffset now)
    {
        if (training.Interactive || now - training.Lease!.Granted < options.PauseTrainingAfter) return false;
        return FairestOfEach(now).Sampling is { } sampling && now - sampling.WaitingSince >= NobodyCame;
    }

    private SortedSet<Entry> Waiting(Entry entry) => ShareOf(entry).Waiting(entry.Interactive);

    private Share ShareOf(Entry entry)
    {
        if (!_shares.TryGetValue(entry.Tenant, out var share)) _shares.Add(entry.Tenant, share = new());
        return share;
    }

    private sealed record Held(string Worker, int Attempt, DateTimeOffset Granted, DateTimeOffset Expires)
    {
        public double Seconds(DateTimeOffset now) => Math.Max(0, (now - Granted).TotalSeconds);
    }

    /// <summary>One tenant's lines and what it used of late.</summary>
    private sealed class Share
    {
        private readonly SortedSet<Entry> _sampling = [], _training = [];
        private double _used;
        private DateTimeOffset _usedAt;

        /// <summary>Seconds of its present leases, as of the pick under way.</summary>
        public double Running { get; set; }

        public SortedSet<Entry> Waiting(bool interactive) => interactive ? _sampling : _training;

        public Entry? First(bool interactive, DateTimeOffset now)
        {
            var first = Waiting(interactive).Min;
            return first is null || first.NotBefore <= now ? first : Waiting(interactive).FirstOrDefault(e => e.NotBefore <= now);
        }

        public double Used(DateTimeOffset now) => _used == 0 ? 0 : _used * Math.Pow(2, -((now - _usedAt) / UsageHalfLife));

        public void Use(double seconds, DateTimeOffset now) => (_used, _usedAt) = (Used(now) + seconds, now);
    }

    private sealed class Entry(QueueEntry entry, DateTimeOffset now) : IComparable<Entry>
    {
        public string JobKey { get; } = entry.JobKey;

        public string Tenant { get; } = TenantId.OfKey(entry.JobKey).Value;

        public bool Interactive { get; } = entry.Interactive;

        public int NextAttempt { get; set; } = entry.Attempt;

        public bool Verified { get; set; }

        public DateTimeOffset WaitingSince { get; set; } = now;

        public DateTimeOffset NotBefore { get; set; } = DateTimeOffset.MinValue;

        public Held? Lease { get; set; }

        public string? User { get; } = entry.User;

        private readonly DateTimeOffset _enqueued = entry.Enqueued;

        public GpuLease Grant() => new(JobKey, Lease!.Attempt, Lease.Expires);

        public QueueEntry Describe() => new(JobKey, NextAttempt, Interactive, _enqueued, User);

        public int CompareTo(Entry? other)
        {
            if (other is null) return -1;
            var byAge = _enqueued.CompareTo(other._enqueued);
            return byAge != 0 ? byAge : string.CompareOrdinal(JobKey, other.JobKey);
        }
    }
}
