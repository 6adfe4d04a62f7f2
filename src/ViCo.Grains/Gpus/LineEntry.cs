using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Gpus;

/// <summary>A job in line, or under a lease.</summary>
internal sealed class LineEntry(QueueEntry entry, DateTimeOffset now) : IComparable<LineEntry>
{
    private readonly DateTimeOffset _enqueued = entry.Enqueued;

    public string JobKey { get; } = entry.JobKey;

    public string Tenant { get; } = TenantId.OfKey(entry.JobKey).Value;

    public string? User { get; } = entry.User;

    public bool Interactive { get; } = entry.Interactive;

    /// <summary>What a worker must hold to take it; empty: any worker takes it.</summary>
    public string Need { get; set; } = entry.Base ?? "";

    /// <inheritdoc cref="QueueEntry.Together"/>
    public string? Together { get; } = entry.Together;

    /// <inheritdoc cref="QueueEntry.Pictures"/>
    public int Pictures { get; } = entry.Interactive && entry.Pictures == 0 ? SamplingJob.DefaultPerPass : entry.Pictures;

    /// <summary>Whether it may be drawn together with others. After a loss it goes alone, so that it shows what is to blame.</summary>
    public bool SharesPasses => Together is not null && Losses == 0;

    public int NextAttempt { get; set; } = entry.Attempt;

    /// <summary>Whether its job was asked who runs it, or said so itself.</summary>
    public bool Verified { get; set; }

    public DateTimeOffset WaitingSince { get; set; } = now;

    /// <summary>Others go first until then.</summary>
    public DateTimeOffset NotBefore { get; set; } = DateTimeOffset.MinValue;

    /// <summary>Seconds of devices that its earlier leases took.</summary>
    public double Used { get; set; }

    /// <summary>Leases in a row that were lost.</summary>
    public int Losses { get; set; }

    /// <summary>Whether it gave its device up for others before.</summary>
    public bool WasPaused { get; set; }

    public HeldLease? Lease { get; set; }

    /// <summary>The training that was asked to pause so that this one can start.</summary>
    public LineEntry? Pausing { get; set; }

    public GpuLease Grant() => new(JobKey, Lease!.Attempt, Lease.Expires) { Pictures = SharesPasses ? Pictures : 0 };

    public QueueEntry Describe() => new(JobKey, NextAttempt, Interactive, _enqueued, User)
    {
        Base = Need.Length > 0 ? Need : null, Together = Together, Pictures = Pictures,
    };

    public int CompareTo(LineEntry? other)
    {
        if (other is null) return -1;
        var byAge = _enqueued.CompareTo(other._enqueued);
        return byAge != 0 ? byAge : string.CompareOrdinal(JobKey, other.JobKey);
    }
}
