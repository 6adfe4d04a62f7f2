using ViCo.Grains.Gpus;

namespace ViCo.Silo.Gpus;

/// <summary>
/// Asks the queue for a worker's leases. An attempt runs once: what the queue still holds for one that broke off goes back.
/// </summary>
internal sealed class FreshLeases(WorkerInfo worker, IGpuQueueGrain queue)
{
    private readonly Dictionary<string, (string JobKey, int Attempt)> _had = [];

    public WorkerInfo Worker => worker;

    /// <summary>The next job; null: there is none.</summary>
    public Task<GpuLease?> NextAsync(CancellationToken cancellationToken) =>
        AskAsync(worker, () => queue.Lease(worker), cancellationToken);

    /// <summary>A drawing that shares passes with one that the worker has; null: there is none.</summary>
    public Task<GpuLease?> BesideAsync(WorkerInfo lane, Company company, CancellationToken cancellationToken) =>
        AskAsync(lane, () => queue.LeaseBeside(lane, company), cancellationToken);

    private async Task<GpuLease?> AskAsync(WorkerInfo lane, Func<Task<GpuLease?>> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await ask().WaitAsync(cancellationToken) is not { } lease) return null;
            var attempt = (lease.JobKey, lease.Attempt);
            if (!_had.TryGetValue(lane.Id, out var had) || had != attempt)
            {
                _had[lane.Id] = attempt;
                return lease;
            }
            // Counted as lost.
            await queue.Done(lease.JobKey, lease.Attempt).WaitAsync(cancellationToken);
        }
    }
}
