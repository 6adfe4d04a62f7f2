using ViCo.Grains.Fleet;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Gpus;

/// <summary>
/// The work that waits for a pool's devices. Key: the pool (<c>default</c>). An index: it rebuilds
/// itself from one marker blob per waiting job.
/// </summary>
[Alias("vico.IGpuQueueGrain")]
public interface IGpuQueueGrain : IGrainWithStringKey
{
    /// <summary>The pool that jobs go to.</summary>
    const string DefaultPool = "default";

    /// <summary>Puts a job in line, or back in line with a higher attempt; again changes nothing.</summary>
    [Alias("Enqueue")] Task Enqueue(QueueEntry entry);

    /// <summary>The job has ended: takes it out of line and forgets its lease.</summary>
    [Alias("Remove")] Task Remove(string jobKey);

    /// <summary>
    /// The next job for this worker under a new lease and attempt number, or null when nothing fits.
    /// Repeated after a lost answer: the same lease.
    /// </summary>
    [Alias("Lease")] Task<GpuLease?> Lease(WorkerInfo worker);

    /// <summary>
    /// A drawing that can share the passes of one that the worker draws already, under a lease of its own, or null. The worker names one of
    /// its lanes that is free. Repeated after a lost answer: the same lease.
    /// </summary>
    [Alias("LeaseBeside")] Task<GpuLease?> LeaseBeside(WorkerInfo lane, Company company);

    /// <summary>Keeps the lease for another period. Not Kept: another attempt may be running; stop.</summary>
    [Alias("Renew")] Task<LeaseState> Renew(string jobKey, int attempt, string worker);

    /// <summary>
    /// The worker is through with the attempt, whatever came of it. What the job itself has not settled by then goes back in line.
    /// </summary>
    [Alias("Done")] Task Done(string jobKey, int attempt);

    /// <summary>
    /// A job that runs has heard nothing from its worker for a whole lease, and no worker may be left to wake the queue: does anybody hold
    /// its attempt? If not, the job is told.
    /// </summary>
    [Alias("Check")] Task Check(QueueEntry running);

    /// <summary>The attempt has a new resume point: to pause it now costs little.</summary>
    [Alias("Saved")] Task Saved(string jobKey, int attempt);

    /// <summary>
    /// What the operator has set for a tenant: how much of the devices it gets beside others of weight 1, and whether its work waits. The
    /// tenant tells so when it changes; a queue that hears of a tenant for the first time asks it.
    /// </summary>
    [Alias("SetTerms")] Task SetTerms(string tenant, TenantTerms terms);

    /// <summary>The workers heard of within the last minute.</summary>
    [Alias("GetWorkers")] Task<IReadOnlyList<WorkerInfo>> GetWorkers();

    /// <summary>Says which silos get no work; the fleet grain does so.</summary>
    /// <param name="told">As <see cref="IFleetGrain.GetStates"/> has them.</param>
    [Alias("SetSilos")] Task SetSilos(IReadOnlyDictionary<string, SiloState> told);

    /// <summary>What the workers run.</summary>
    [Alias("GetLeases")] Task<IReadOnlyList<WorkerLease>> GetLeases();

    /// <summary>How much waits and runs.</summary>
    [Alias("GetLoad")] Task<QueueLoad> GetLoad();

    /// <summary>Where a job stands in line and what it waits for; null: it neither waits nor runs.</summary>
    [Alias("Explain")] Task<QueuePlace?> Explain(string jobKey);

    /// <summary>All waiting and running work, and the workers heard of within the last minute: for few and patient readers.</summary>
    [Alias("GetStatus")] Task<QueueStatus> GetStatus();
}
