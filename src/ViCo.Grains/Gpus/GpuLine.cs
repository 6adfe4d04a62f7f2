using ViCo.Grains.Jobs;

namespace ViCo.Grains.Gpus;

/// <summary>Who waits and who holds a lease: the queue's logic without clock, storage or calls.</summary>
/// <remarks>
/// Order: the tenant that used the least GPU time of late, in it the end user likewise, then drawings before trainings unless a training
/// has waited long, then age. An entry restored from its marker is unverified: its job must be asked who runs it before it is given out.
/// </remarks>
internal sealed partial class GpuLine
{
    private static readonly TimeSpan Deferral = TimeSpan.FromSeconds(5), ChargeEvery = TimeSpan.FromSeconds(1),
        TidyEvery = TimeSpan.FromMinutes(1), LongestBackOff = TimeSpan.FromMinutes(1);

    // Of tenants, of their users and of the drawings of each: who stands further back waits for a turn of his own.
    private const int LooksAt = 16;

    private readonly LeaseOptions _options;
    private readonly UsageBook _usage;
    private readonly Preemption _preemption;
    private readonly Dictionary<string, LineEntry> _entries = [];
    private readonly HeldLeases _leases = new();
    private readonly SortedSet<LineEntry> _later = new(Comparer<LineEntry>.Create((a, b) =>
        a.NotBefore != b.NotBefore ? a.NotBefore.CompareTo(b.NotBefore) : string.CompareOrdinal(a.JobKey, b.JobKey)));

    private DateTimeOffset _charged, _tidied, _expires;
    private long _granted, _lost;

    public GpuLine(LeaseOptions options, DateTimeOffset begin)
    {
        (_options, _usage, _expires) = (options, new(begin), DateTimeOffset.MaxValue);
        _preemption = new(options, _usage);
    }

    /// <summary>A marker was found: the job waits or runs; its own record says which.</summary>
    public void Restore(QueueEntry entry, DateTimeOffset now)
    {
        var restored = new LineEntry(entry, now);
        _entries.Add(entry.JobKey, restored);
        ShareOf(restored).Add(restored);
    }

    /// <summary>Puts a job in line, or back in line when it is to run a later attempt than the leased one.</summary>
    public void Enqueue(QueueEntry entry, DateTimeOffset now)
    {
        if (!_entries.TryGetValue(entry.JobKey, out var known))
        {
            known = new(entry, now) { NotBefore = now + entry.Delay };
            _entries.Add(entry.JobKey, known);
            known.Verified = true;
            ComeBack(ShareOf(known), now);
            Wait(known, now);
            return;
        }
        known.Verified = true;
        if (known.Lease is { } lease && lease.Attempt < entry.Attempt) Unlease(known, now);
        known.NextAttempt = Math.Max(known.NextAttempt, entry.Attempt);
        if (entry.Delay == default && (entry.Base ?? "") == known.Need || known.Lease is not null) return;
        TakeOut(known);
        if (entry.Base is { } need) known.Need = need;
        if (entry.Delay > TimeSpan.Zero) known.NotBefore = now + entry.Delay;
        Wait(known, now);
    }

    /// <summary>The entry that was removed, or null.</summary>
    public QueueEntry? Remove(string jobKey, DateTimeOffset now)
    {
        if (!_entries.TryGetValue(jobKey, out var entry)) return null;
        if (entry.Lease is not null) Unlease(entry, now);
        _entries.Remove(jobKey);
        TakeOut(entry);
        if (!entry.Interactive && entry.Used > 0) ShareOf(entry).Parent!.NoteTraining(entry.Used);
        return entry.Describe();
    }

    /// <summary>The next lease for a worker, or the job that must be asked first, or neither.</summary>
    /// <param name="digest">Of its base model; null: it does not say, and takes everything.</param>
    public (GpuLease? Lease, string? Ask) Lease(string worker, DateTimeOffset now, string? digest = null)
    {
        // The answer to an earlier call got lost: the worker asks again while it holds one.
        if (_leases.Of(worker) is { } held) return (Extend(held, now), null);
        Charge(now);
        var overdue = now - _options.TrainingWaitsAtMost;
        return Give(_usage.Root.First(NeedsOf(digest), overdue), worker, digest, now);
    }

    /// <summary>As <see cref="Lease"/>, of a drawing that can share the passes of one that the worker draws already.</summary>
    /// <param name="worker">One of its lanes.</param>
    public (GpuLease? Lease, string? Ask) LeaseBeside(string worker, Company company, DateTimeOffset now, string? digest = null)
    {
        if (_leases.Of(worker) is { } held) return (Extend(held, now), null);
        if (!_entries.TryGetValue(company.JobKey, out var drawn) || !drawn.SharesPasses || !_leases.BesideOf(worker).Contains(drawn))
            return default;
        Charge(now);
        var next = _usage.Root.NextDrawings(NeedsOf(digest), LooksAt).FirstOrDefault(e => e.SharesPasses && e.Together == drawn.Together
            && e.Pictures <= company.Pictures && now - e.WaitingSince >= _options.ShareAfter);
        return Give(next, worker, digest, now);
    }

    /// <summary>What an unverified entry's job says.</summary>
    /// <returns>False: the job has ended or never was, and its entry is to go.</returns>
    public bool Learn(string jobKey, JobOwner owner, DateTimeOffset now)
    {
        if (!_entries.TryGetValue(jobKey, out var entry) || entry.Verified) return true;
        if (owner.State is not (JobState.Queued or JobState.Running)) return false;

        entry.Verified = true;
        entry.NextAttempt = Math.Max(entry.NextAttempt, owner.Attempt + 1);
        if (owner.Base is { } need && need != entry.Need)
        {
            TakeOut(entry);
            entry.Need = need;
            Wait(entry, now);
        }
        // A worker, or a lane of one, runs one job at a time: if it holds another lease, it has left this one.
        if (owner.State == JobState.Running && _leases.Of(owner.Worker!) is null)
        {
            // Its worker may well live: it has a whole period to renew.
            TakeOut(entry);
            Hold(entry, new(owner.Worker!, entry.Need.Length > 0 ? entry.Need : null, owner.Attempt, now, ShareOf(entry))
            {
                Expires = now + _options.Duration, GrantedHere = false,
            }, now);
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
        if (!entry.Interactive)
        {
            if (_usage.IsSuspended(entry.Tenant)) return LeaseState.SuspendAsked;
            Charge(now);
            _preemption.Arrange(_leases.All, now);
        }
        return lease.PausesFor is not { } request ? LeaseState.Kept : request.Interactive ? LeaseState.PauseAsked : LeaseState.TurnAsked;
    }

    /// <summary>The attempt has a new resume point: to pause it now costs little.</summary>
    public void Saved(string jobKey, int attempt, DateTimeOffset now)
    {
        if (_entries.TryGetValue(jobKey, out var entry) && entry.Lease is { } lease && lease.Attempt == attempt) lease.Saved = now;
    }

    /// <summary>Whether somebody has a lease of the attempt; null: the entry is unverified, ask its job.</summary>
    public bool? IsHeld(string jobKey, int attempt) =>
        !_entries.TryGetValue(jobKey, out var entry) ? false : !entry.Verified ? null : entry.Lease?.Attempt == attempt;

    /// <summary>Takes back every lease that ran out.</summary>
    public IReadOnlyList<LostLease> Expire(DateTimeOffset now)
    {
        if (now < _expires) return [];
        var lost = Lose(_leases.All.Where(e => e.Lease!.Expires <= now), died: false, now);
        _expires = _leases.All.Count == 0 ? DateTimeOffset.MaxValue : _leases.All.Min(e => e.Lease!.Expires);
        return lost;
    }

    /// <summary>Takes back what an earlier incarnation of this worker's slot held: its process is gone.</summary>
    public IReadOnlyList<LostLease> LoseSlot(string worker, DateTimeOffset now) =>
        Lose(_leases.BesideOf(worker).Where(e => WorkerInfo.ProcessOf(e.Lease!.Worker) != WorkerInfo.ProcessOf(worker)), died: true, now);

    /// <summary>Takes back what the workers of a silo held whose process is gone.</summary>
    public IReadOnlyList<LostLease> LoseSilo(string silo, DateTimeOffset now) =>
        Lose(_leases.All.Where(e => WorkerInfo.SiloOf(e.Lease!.Worker) == silo), died: true, now);

    /// <summary>The worker is through with an attempt that the job has neither ended nor queued again.</summary>
    public IReadOnlyList<LostLease> Done(string jobKey, int attempt, DateTimeOffset now)
    {
        if (!_entries.TryGetValue(jobKey, out var entry) || entry.Lease?.Attempt != attempt) return [];
        var lost = Lose([entry], died: false, now);
        Defer(jobKey, now);
        return lost;
    }

    /// <summary>Something is wrong with the job that may pass: others go first for a moment.</summary>
    public void Defer(string jobKey, DateTimeOffset now)
    {
        if (!_entries.TryGetValue(jobKey, out var entry)) return;
        TakeOut(entry);
        entry.NotBefore = now + Deferral;
        if (entry.Lease is null) Wait(entry, now);
    }

    /// <summary>The lease that a worker holds already, kept for another period; or null.</summary>
    public GpuLease? HeldBy(string worker, DateTimeOffset now) => _leases.Of(worker) is { } held ? Extend(held, now) : null;

    /// <inheritdoc cref="UsageBook.SetWeight"/>
    public void SetWeight(string tenant, double weight) => _usage.SetWeight(tenant, weight);

    /// <inheritdoc cref="UsageBook.Suspend"/>
    public void Suspend(string tenant, bool suspended) => _usage.Suspend(tenant, suspended);

    public StoredUsage Usage(DateTimeOffset now)
    {
        Charge(now);
        return _usage.ToStore(now);
    }

    /// <inheritdoc cref="UsageBook.Recall"/>
    public void Recall(StoredUsage stored, TimeSpan age, DateTimeOffset now) => _usage.Recall(stored, age, now);

    private static string[]? NeedsOf(string? digest) => digest is null ? null : ["", QueueEntry.Shortened(digest)!];

    private List<LostLease> Lose(IEnumerable<LineEntry> which, bool died, DateTimeOffset now)
    {
        // Counted before one is gone: who was lost together was not alone.
        var losing = which.Order().Select(e => (Entry: e, Alone: _leases.BesideOf(e.Lease!.Worker).Count == 1)).ToList();
        List<LostLease> lost = [];
        foreach (var (entry, alone) in losing)
        {
            var lease = entry.Lease!;
            _lost++;
            lost.Add(new(entry.JobKey, lease.Attempt, died && alone && lease.GrantedHere));
            entry.Losses = now - lease.Granted > LongestBackOff ? 1 : entry.Losses + 1;
            // Once is an accident; whatever takes it again and again, nothing is won by more haste.
            if (entry.Losses > 1)
                entry.NotBefore = now + TimeSpan.FromSeconds(Math.Min(LongestBackOff.TotalSeconds, Math.Pow(2, entry.Losses - 2)));
            Unlease(entry, now, keepsCount: true);
        }
        return lost;
    }

    /// <summary>The entry's lease; or its job, which must be asked first; or neither: there is no entry.</summary>
    private (GpuLease? Lease, string? Ask) Give(LineEntry? entry, string worker, string? digest, DateTimeOffset now) =>
        entry is null ? default : entry.Verified ? (Grant(entry, worker, digest, now), null) : (null, entry.JobKey);

    private GpuLease Grant(LineEntry entry, string worker, string? digest, DateTimeOffset now)
    {
        var overdue = !entry.Interactive && now - entry.WaitingSince >= _options.TrainingWaitsAtMost;
        TakeOut(entry);
        var share = ShareOf(entry);
        var ahead = Math.Min(entry.Interactive ? share.Parent!.DrawingSeconds : double.MaxValue, _options.TrainingQuantum.TotalSeconds);
        var lease = new HeldLease(worker, QueueEntry.Shortened(digest), entry.NextAttempt, now, share)
        {
            Expires = now + _options.Duration, Charged = ahead, Rate = _usage.Rate(now),
            Keeps = entry.WasPaused || overdue ? _options.TrainingQuantum : _options.PauseTrainingAfter,
        };
        entry.NextAttempt++;
        _granted++;
        UsageBook.Charge(share, ahead * lease.Rate);
        Hold(entry, lease, now);
        return entry.Grant();
    }

    private void Hold(LineEntry entry, HeldLease lease, DateTimeOffset now)
    {
        entry.Lease = lease;
        lease.Share.Running++;
        lease.Share.Parent!.Running++;
        _leases.Add(entry, now);
        if (lease.Expires < _expires) _expires = lease.Expires;
    }

    private void Unlease(LineEntry entry, DateTimeOffset now, bool keepsCount = false)
    {
        var lease = entry.Lease!;
        var seconds = lease.Seconds(now);
        // What was charged in advance and not used is given back as it was taken.
        UsageBook.Charge(lease.Share, seconds < lease.Charged ? -lease.Ahead(now) : (seconds - lease.Charged) * _usage.Rate(now));
        if (entry.Interactive) lease.Share.Parent!.NoteDrawing(seconds);
        entry.Used += seconds;
        lease.Share.Running--;
        lease.Share.Parent!.Running--;
        _leases.Remove(entry, now);
        if (lease.PausesFor is not null) entry.WasPaused = true;
        Preemption.Settle(entry);
        entry.Lease = null;
        entry.WaitingSince = now;
        if (!keepsCount) entry.Losses = 0;
        Wait(entry, now);
    }

    private GpuLease Extend(LineEntry entry, DateTimeOffset now)
    {
        entry.Lease!.Expires = now + _options.Duration;
        return entry.Grant();
    }

    private void Wait(LineEntry entry, DateTimeOffset now)
    {
        if (entry.NotBefore > now) _later.Add(entry);
        else ShareOf(entry).Add(entry);
    }

    /// <summary>Out of whatever line it stands in.</summary>
    private void TakeOut(LineEntry entry)
    {
        _later.Remove(entry);
        ShareOf(entry).Remove(entry);
        Preemption.Settle(entry);
    }

    private void ComeBack(UsageShare user, DateTimeOffset now)
    {
        var credit = _options.TrainingQuantum.TotalSeconds * _usage.Rate(now);
        if (user.Parent!.IsIdle) user.Parent.ComeBack(credit);
        if (user.IsIdle) user.ComeBack(credit);
    }

    /// <summary>Brings uses up to date, at most once a second however often it is asked; and lets go on who waited for a moment.</summary>
    private void Charge(DateTimeOffset now)
    {
        while (_later.Min is { } entry && entry.NotBefore <= now)
        {
            _later.Remove(entry);
            ShareOf(entry).Add(entry);
        }
        if (now - _charged < ChargeEvery) return;
        _charged = now;
        var rate = _usage.Rate(now);
        foreach (var lease in _leases.All.Select(e => e.Lease!))
        {
            var owed = lease.Seconds(now) - lease.Charged;
            if (owed <= 0) continue;
            lease.Charged += owed;
            UsageBook.Charge(lease.Share, owed * rate);
        }
        if (now - _tidied < TidyEvery) return;
        _tidied = now;
        _usage.Tidy(now);
    }

    private UsageShare ShareOf(LineEntry entry) => entry.Lease?.Share ?? _usage.Of(entry.Tenant, entry.User);
}
