namespace ViCo.Grains.Gpus;

/// <summary>The work that waits for a pool's devices. Key: the pool (<c>default</c>). An index: it rebuilds itself from one marker blob per waiting job.</summary>
[Alias("vico.IGpuQueueGrain")]
public interface IGpuQueueGrain : IGrainWithStringKey
{
    /// <summary>The pool that jobs go to.</summary>
    const string DefaultPool = "default";

    /// <summary>Puts a job in line, or back in line with a higher attempt; again changes nothing.</summary>
    [Alias("Enqueue")] Task Enqueue(QueueEntry entry);

    /// <summary>The job has ended: takes it out of line and forgets its lease.</summary>
    [Alias("Remove")] Task Remove(string jobKey);

    /// <summary>The next job for this worker under a new lease and attempt number, or null when nothing fits. Repeated after a lost answer: the same lease.</summary>
    [Alias("Lease")] Task<GpuLease?> Lease(WorkerInfo worker);

    /// <summary>Keeps the lease for another period. Not Kept: another attempt may be running; stop.</summary>
    [Alias("Renew")] Task<LeaseState> Renew(string jobKey, int attempt, string worker);

    /// <summary>The worker is through with the attempt, whatever came of it. What the job itself has not settled by then goes back in line.</summary>
    [Alias("Done")] Task Done(string jobKey, int attempt);

    /// <summary>
    /// A job that runs has heard nothing from its worker for a whole lease, and no worker may be left to wake the queue: does anybody hold
    /// its attempt? If not, the job is told.
    /// </summary>
    [Alias("Check")] Task Check(QueueEntry running);

    /// <summary>Waiting and running work and the workers heard of within the last minute, for people.</summary>
    [Alias("GetStatus")] Task<QueueStatus> GetStatus();
}

/// <param name="JobKey"><c>tenant/job</c>.</param>
/// <param name="Attempt">The attempt that the next lease will carry.</param>
/// <param name="Interactive">Sampling: goes before training.</param>
/// <param name="User">The front-end's own user that it is for, or null.</param>
[GenerateSerializer, Immutable, Alias("vico.queue-entry")]
public sealed record QueueEntry(
    [property: Id(0)] string JobKey, [property: Id(1)] int Attempt, [property: Id(2)] bool Interactive, [property: Id(3)] DateTimeOffset Enqueued,
    [property: Id(4)] string? User = null);

/// <param name="Id">Made by <see cref="Create"/>: <c>silo/device#incarnation</c>, unique per process start.</param>
/// <param name="Silo">The silo's name, the same after a restart and unlike any other silo's.</param>
/// <param name="Sizes">Of the pictures that its base model draws; null: it does not say.</param>
[GenerateSerializer, Immutable, Alias("vico.worker-info")]
public sealed record WorkerInfo(
    [property: Id(0)] string Id, [property: Id(1)] string Silo, [property: Id(2)] string Device, [property: Id(3)] string BaseModel,
    [property: Id(4)] PictureSizes? Sizes = null)
{
    /// <summary>A worker of this process start.</summary>
    public static WorkerInfo Create(string silo, string device, string baseModel, PictureSizes sizes, Guid incarnation) =>
        new($"{silo}/{device}#{incarnation:N}", silo, device, baseModel, sizes);

    /// <summary>Which silo and device a worker id names: a new incarnation of the same slot means that the older one is dead.</summary>
    public static string SlotOf(string workerId) => workerId.LastIndexOf('#') is >= 0 and var end ? workerId[..end] : workerId;
}

/// <param name="Native">Side that the base model was trained at, in pixels.</param>
/// <param name="Multiple">What sides are multiples of, in pixels.</param>
/// <param name="MaxPixels">Largest width × height.</param>
[GenerateSerializer, Immutable, Alias("vico.picture-sizes")]
public sealed record PictureSizes([property: Id(0)] int Native, [property: Id(1)] int Multiple, [property: Id(2)] long MaxPixels);

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
