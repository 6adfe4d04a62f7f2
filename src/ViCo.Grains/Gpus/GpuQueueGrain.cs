using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using ViCo.Grains.Clustering;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Gpus;

/// <summary>
/// Gives <see cref="GpuLine"/> its markers, clock and words to the jobs. Writes nothing when it grants, renews or takes back a lease.
/// </summary>
/// <remarks>
/// Reentrant, because jobs call it in their turn while it calls jobs. What survives it: every decision of the line is made in one go,
/// between two awaits; and nothing here is the truth. Two leases of one job, from interleaving or from two activations, carry attempts
/// of which the job's own record accepts one.
/// </remarks>
[Reentrant, ControlSilos]
internal sealed partial class GpuQueueGrain(
    IBlobStore blobs, [FromKeyedServices(GrainHosting.ClockKey)] TimeProvider clock, IOptions<LeaseOptions> options,
    ILogger<GpuQueueGrain> logger)
    : Grain, IGpuQueueGrain
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WorkerGone = TimeSpan.FromMinutes(1);

    private readonly GpuLine _line = new(options.Value);
    private readonly Dictionary<string, (WorkerInfo Worker, DateTimeOffset Seen)> _workers = [];
    private string _prefix = "";

    private DateTimeOffset Now => clock.GetUtcNow();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _prefix = $"queue/{this.GetPrimaryKeyString()}/";
        await foreach (var marker in blobs.ListAsync(_prefix, cancellationToken))
        {
            var entry = EntryOf(marker.Name);
            // Two activations may have marked one job twice.
            if (_line.Contains(entry.JobKey)) await blobs.DeleteAsync(marker.Name, cancellationToken: cancellationToken);
            else _line.Restore(entry, Now);
        }
        this.RegisterGrainTimer(() =>
            TellLostAsync(_line.Expire(Now)), new() { DueTime = Tick, Period = Tick, Interleave = true, KeepAlive = true });
        LogRebuilt(this.GetPrimaryKeyString(), _line.WaitingEntries().Count);
    }

    public async Task Enqueue(QueueEntry entry)
    {
        if (!_line.Contains(entry.JobKey)) await MarkAsync(entry);
        _line.Enqueue(entry, Now);
    }

    public async Task Remove(string jobKey)
    {
        if (_line.Remove(jobKey, Now) is { } entry) await blobs.DeleteAsync(MarkerOf(entry));
    }

    public async Task<GpuLease?> Lease(WorkerInfo worker)
    {
        _workers[WorkerInfo.SlotOf(worker.Id)] = (worker, Now);
        await TellLostAsync([.. _line.LoseSlot(worker.Id, Now), .. _line.Expire(Now)]);
        while (true)
        {
            var (lease, ask) = _line.Lease(worker.Id, Now);
            if (ask is null) return lease;
            await VerifyAsync(ask);
        }
    }

    public async Task<LeaseState> Renew(string jobKey, int attempt, string worker)
    {
        if (_workers.TryGetValue(WorkerInfo.SlotOf(worker), out var busy)) _workers[WorkerInfo.SlotOf(worker)] = (busy.Worker, Now);
        if (_line.Renew(jobKey, attempt, worker, Now) is { } known) return known;
        await VerifyAsync(jobKey);
        return _line.Renew(jobKey, attempt, worker, Now)
            ?? throw new InvalidOperationException($"Job '{jobKey}' does not say who runs it; renew again.");
    }

    public Task Done(string jobKey, int attempt) => TellLostAsync(_line.Done(jobKey, attempt, Now));

    public async Task Check(QueueEntry running)
    {
        if (!_line.Contains(running.JobKey))
        {
            await MarkAsync(running);
            if (!_line.Contains(running.JobKey)) _line.Restore(running, Now);
        }
        if (_line.IsHeld(running.JobKey, running.Attempt) is null) await VerifyAsync(running.JobKey);
        if (_line.IsHeld(running.JobKey, running.Attempt) == false) await TellLostAsync([new(running.JobKey, running.Attempt, Now)]);
    }

    public Task<QueueStatus> GetStatus() => Task.FromResult(new QueueStatus(
        _line.WaitingEntries(), _line.RunningLeases(), [.. _workers.Values.Where(w => Now - w.Seen < WorkerGone).Select(w => w.Worker)]));

    private Task<string> MarkAsync(QueueEntry entry) => blobs.WriteAsync(MarkerOf(entry), Encoding.UTF8.GetBytes(entry.JobKey));

    private async Task VerifyAsync(string jobKey)
    {
        try
        {
            using var system = TenantScope.EnterSystem();
            var owner = await GrainFactory.GetGrain<IJobGrain>(jobKey).GetOwner();
            if (!_line.Learn(jobKey, owner, Now)) await Remove(jobKey);
        }
        catch (Exception e)
        {
            // One job that cannot answer must not stop the line.
            LogUnverified(jobKey, e);
            _line.Defer(jobKey, Now);
        }
    }

    private async Task TellLostAsync(IReadOnlyList<GpuLease> lost)
    {
        using var system = TenantScope.EnterSystem();
        foreach (var lease in lost)
        {
            try
            {
                await GrainFactory.GetGrain<IJobGrain>(lease.JobKey).LeaseLost(lease.Attempt);
            }
            catch (Exception e)
            {
                // The job learns of it when the next attempt starts.
                LogNotTold(lease.JobKey, lease.Attempt, e);
            }
        }
    }

    // The whole entry is in the name: a rebuild lists, and reads nothing. A user is any text, so it stands in hexadecimal
    // after a sign that no tenant begins with.
    private string MarkerOf(QueueEntry entry)
    {
        var user = entry.User is { } text ? $"_{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text))}/" : "";
        return $"{_prefix}{(entry.Interactive ? "sampling" : "training")}/{entry.Enqueued.UtcTicks:D19}/{user}{entry.JobKey}";
    }

    private QueueEntry EntryOf(string marker)
    {
        var parts = marker[_prefix.Length..].Split('/', 3);
        var (user, key) = parts[2][0] == '_' && parts[2].IndexOf('/', StringComparison.Ordinal) is var cut
            ? (Encoding.UTF8.GetString(Convert.FromHexString(parts[2].AsSpan(1, cut - 1))), parts[2][(cut + 1)..])
            : (null, parts[2]);
        return new(key, Attempt: 1, parts[0] == "sampling", new(long.Parse(parts[1], CultureInfo.InvariantCulture), TimeSpan.Zero), user);
    }

    [LoggerMessage(LogLevel.Information, "Queue {Pool} rebuilt: {Jobs} jobs wait or run")]
    private partial void LogRebuilt(string pool, int jobs);

    [LoggerMessage(LogLevel.Warning, "Job {Job} does not say who runs it; it waits a moment")]
    private partial void LogUnverified(string job, Exception e);

    [LoggerMessage(LogLevel.Warning, "Job {Job} could not be told that its attempt {Attempt} is lost")]
    private partial void LogNotTold(string job, int attempt, Exception e);
}
