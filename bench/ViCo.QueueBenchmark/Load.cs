using System.Diagnostics;
using ViCo.Grains.Gpus;

namespace ViCo.QueueBenchmark;

/// <summary>Jobs that wait, and workers that lease them, each call as a worker's or a job's own.</summary>
/// <param name="waiting">Jobs that always wait: for each that ends another comes.</param>
internal sealed class Load(IGpuQueueGrain queue, int waiting, int tenants)
{
    private const int Renewals = 10, WritersAtOnce = 64;

    private int _jobs;

    public Task FillAsync() => Parallel.ForAsync(0, waiting, new ParallelOptions { MaxDegreeOfParallelism = WritersAtOnce },
        async (_, _) => await EnqueueAsync());

    /// <returns>How many leases were taken, kept and ended.</returns>
    public async Task<int> RunAsync(int workers, TimeSpan time)
    {
        var began = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, workers).Select(i => Task.Run(async () =>
        {
            var worker = new WorkerInfo($"silo{i}/gpu#1", $"silo{i}", "gpu", "none");
            var leases = 0;
            for (; Stopwatch.GetElapsedTime(began) < time; leases++)
            {
                var lease = await queue.Lease(worker) ?? throw new InvalidOperationException("Nothing waits any more.");
                for (var renewal = 0; renewal < Renewals; renewal++)
                {
                    if (await queue.Renew(lease.JobKey, lease.Attempt, worker.Id) == LeaseState.Lost)
                        throw new InvalidOperationException($"The lease of '{lease.JobKey}' was lost.");
                }
                await queue.Remove(lease.JobKey);               // as the job does at its end
                await queue.Done(lease.JobKey, lease.Attempt);
                await EnqueueAsync();
            }
            return leases;
        })));
        return counts.Sum();
    }

    private Task EnqueueAsync()
    {
        var number = Interlocked.Increment(ref _jobs);
        return queue.Enqueue(new(
            $"tenant{number % tenants}/job{number}", 1, number % 3 == 0, DateTimeOffset.UnixEpoch.AddMilliseconds(number)));
    }
}
