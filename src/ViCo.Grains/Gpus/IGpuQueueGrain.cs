namespace ViCo.Grains.Gpus;

/// <summary>The work that waits for a pool's devices. Key: the pool (<c>default</c>). An index: it rebuilds itself from one marker blob per waiting job.</summary>
[Alias("vico.IGpuQueueGrain")]
public interface IGpuQueueGrain : IGrainWithStringKey
{
    /// <summary>Puts a job in line; again changes nothing.</summary>
    [Alias("Enqueue")] Task Enqueue(QueueEntry entry);

    /// <summary>Takes a job out of line.</summary>
    [Alias("Remove")] Task Remove(string jobKey);

    /// <summary>The next job for this worker under a new lease and attempt number, or null when nothing fits.</summary>
    [Alias("Lease")] Task<GpuLease?> Lease(WorkerInfo worker);

    /// <summary>Keeps the lease for another period. Not Kept: another attempt may be running; stop.</summary>
    [Alias("Renew")] Task<LeaseState> Renew(string jobKey, int attempt, string worker);

    /// <summary>The attempt is over (done, failed or given back).</summary>
    [Alias("Done")] Task Done(string jobKey, int attempt);

    /// <summary>Waiting and running work, for people.</summary>
    [Alias("GetStatus")] Task<QueueStatus> GetStatus();
}

/// <param name="JobKey"><c>tenant/job</c>.</param>
/// <param name="Attempt">The attempt that the next lease will carry.</param>
/// <param name="Interactive">Sampling: goes before training.</param>
[GenerateSerializer, Immutable, Alias("vico.queue-entry")]
public sealed record QueueEntry(
    [property: Id(0)] string JobKey, [property: Id(1)] int Attempt, [property: Id(2)] bool Interactive, [property: Id(3)] DateTimeOffset Enqueued);

/// <param name="Id">Silo and device, unique per process start.</param>
[GenerateSerializer, Immutable, Alias("vico.worker-info")]
public sealed record WorkerInfo([property: Id(0)] string Id, [property: Id(1)] string Silo, [property: Id(2)] string Device, [property: Id(3)] string BaseModel);

/// <summary>A worker's right to run one attempt until <c>Expires</c>.</summary>
[GenerateSerializer, Immutable, Alias("vico.gpu-lease")]
public sealed record GpuLease([property: Id(0)] string JobKey, [property: Id(1)] int Attempt, [property: Id(2)] DateTimeOffset Expires);

/// <summary>What a renewal found.</summary>
public enum LeaseState
{
    /// <summary>Go on.</summary>
    Kept = 0,

    /// <summary>The lease was lost: stop, publish nothing.</summary>
    Lost = 1,

    /// <summary>Go on to the next step boundary, save a resume point, release.</summary>
    PauseAsked = 2,
}

/// <summary>The queue as people see it.</summary>
[GenerateSerializer, Immutable, Alias("vico.queue-status")]
public sealed record QueueStatus([property: Id(0)] IReadOnlyList<QueueEntry> Waiting, [property: Id(1)] IReadOnlyList<GpuLease> Running, [property: Id(2)] IReadOnlyList<WorkerInfo> Workers);
