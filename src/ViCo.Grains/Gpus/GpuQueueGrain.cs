using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using ViCo.Grains.Clustering;
using ViCo.Grains.Fleet;
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
    ISiloStatusOracle members, ILogger<GpuQueueGrain> logger)
    : Grain, IGpuQueueGrain
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1), StoreUsageEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WorkerGone = TimeSpan.FromMinutes(1);

    // Wall time may be set; what waits and who holds a lease goes by time that only passes.
    private readonly (DateTimeOffset At, long Since) _began = (clock.GetUtcNow(), clock.GetTimestamp());
    private readonly Dictionary<string, string> _markers = [];
    private readonly HashSet<string> _tenants = [];
    private readonly Dictionary<string, (WorkerInfo Worker, DateTimeOffset Seen)> _workers = [];
    private IReadOnlyDictionary<string, SiloState>? _silos;
    private GpuLine _line = null!;
    private string _pool = "";
    private DateTimeOffset _stored;

    private DateTimeOffset Now => _began.At + clock.GetElapsedTime(_began.Since);

    private string UsageBlob => $"queues/{_pool}/usage.json";

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _pool = this.GetPrimaryKeyString();
        _line = new(options.Value, Now);
        _stored = Now;
        await RecallUsageAsync(cancellationToken);
        await AskFleetAsync();
        await foreach (var marker in blobs.ListAsync(QueueMarker.PrefixOf(_pool), cancellationToken))
        {
            if (QueueMarker.TryRead(_pool, marker.Name) is not { } entry)
            {
                LogNoMarker(marker.Name);
                continue;
            }
            // Two activations, or two versions, may have marked one job twice.
            if (!_markers.TryAdd(entry.JobKey, marker.Name)) await blobs.DeleteAsync(marker.Name, cancellationToken: cancellationToken);
            else
            {
                await MeetAsync(entry.JobKey);
                _line.Restore(entry, Now);
            }
        }
        this.RegisterGrainTimer(TickAsync, new() { DueTime = Tick, Period = Tick, Interleave = true, KeepAlive = true });
        LogRebuilt(_pool, _line.Count);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => StoreUsageAsync();

    public async Task Enqueue(QueueEntry entry)
    {
        await MeetAsync(entry.JobKey);
        if (!_line.Contains(entry.JobKey)) await MarkAsync(entry);
        _line.Enqueue(entry, Now);
    }

    public async Task Remove(string jobKey)
    {
        if (_line.Remove(jobKey, Now) is null || !_markers.Remove(jobKey, out var marker)) return;
        await blobs.DeleteAsync(marker);
    }

    public async Task<GpuLease?> Lease(WorkerInfo worker)
    {
        _workers[WorkerInfo.SlotOf(worker.Id)] = (worker, Now);
        await TellLostAsync([.. _line.LoseSlot(worker.Id, Now), .. _line.Expire(Now)]);
        if (StateOf(worker.Id) != SiloState.Active) return _line.HeldBy(worker.Id, Now);
        while (true)
        {
            var (lease, ask) = _line.Lease(worker.Id, Now, worker.BaseDigest);
            if (ask is null) return lease;
            await VerifyAsync(ask);
        }
    }

    public async Task<GpuLease?> LeaseBeside(WorkerInfo lane, Company company)
    {
        if (StateOf(lane.Id) != SiloState.Active) return _line.HeldBy(lane.Id, Now);
        while (true)
        {
            var (lease, ask) = _line.LeaseBeside(lane.Id, company, Now, lane.BaseDigest);
            if (ask is null) return lease;
            await VerifyAsync(ask);
        }
    }

    public async Task<LeaseState> Renew(string jobKey, int attempt, string worker)
    {
        if (_workers.TryGetValue(WorkerInfo.SlotOf(worker), out var busy)) _workers[WorkerInfo.SlotOf(worker)] = (busy.Worker, Now);
        if (_line.Renew(jobKey, attempt, worker, Now) is { } known)
        {
            return known == LeaseState.Kept && StateOf(worker) == SiloState.Draining && _line.Find(jobKey) is { Interactive: false }
                ? LeaseState.DrainAsked : known;
        }
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
        if (_line.IsHeld(running.JobKey, running.Attempt) == false)
            await TellLostAsync([new(running.JobKey, running.Attempt, Died: false)]);
    }

    public Task Saved(string jobKey, int attempt)
    {
        _line.Saved(jobKey, attempt, Now);
        return Task.CompletedTask;
    }

    public Task SetTerms(string tenant, TenantTerms terms)
    {
        _tenants.Add(tenant);
        if (terms.Weight is { } weight) _line.SetWeight(tenant, weight);
        if (terms.Suspended is { } suspended) _line.Suspend(tenant, suspended);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<WorkerInfo>> GetWorkers() =>
        Task.FromResult<IReadOnlyList<WorkerInfo>>([.. _workers.Values.Where(w => Now - w.Seen < WorkerGone).Select(w => w.Worker)]);

    public Task SetSilos(IReadOnlyDictionary<string, SiloState> told)
    {
        _silos = told;
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<WorkerLease>> GetLeases() => Task.FromResult(_line.Leases(Now));

    public Task<QueueLoad> GetLoad() => Task.FromResult(_line.Load(Now));

    public async Task<QueuePlace?> Explain(string jobKey)
    {
        if (_line.Find(jobKey) is { Verified: false }) await VerifyAsync(jobKey);
        if (_line.Find(jobKey) is not { } entry) return null;
        if (entry.Lease is not null) return new(0, _line.Waiting, WaitsFor.Nothing);
        var workers = (await GetWorkers()).Where(w => StateOf(w.Id) == SiloState.Active).ToList();
        return new(_line.Ahead(entry) + 1, _line.Waiting,
            workers.Count == 0 ? WaitsFor.Workers
            : entry.Need.Length > 0 && workers.All(w => w.BaseDigest is { } digest && QueueEntry.Shortened(digest) != entry.Need)
                ? WaitsFor.BaseModel
            : entry.NotBefore > Now ? WaitsFor.BackOff : WaitsFor.Turn)
        {
            Base = entry.Need.Length > 0 ? entry.Need : null, Workers = workers.Count,
            NotBefore = entry.NotBefore > Now ? entry.NotBefore - Now : null,
        };
    }

    public async Task<QueueStatus> GetStatus() => new(_line.WaitingEntries(), _line.RunningLeases(), await GetWorkers());

    /// <summary>Asks a tenant that it has not heard of what is set for it; one that does not answer is asked with its next job.</summary>
    private async Task MeetAsync(string jobKey)
    {
        var tenant = TenantId.OfKey(jobKey).Value;
        if (_tenants.Contains(tenant)) return;
        try
        {
            using var system = TenantScope.EnterSystem();
            await SetTerms(tenant, await GrainFactory.GetGrain<ITenantGrain>(tenant).GetTerms());
        }
        catch (Exception e)
        {
            LogNoTerms(tenant, e);
        }
    }

    private async Task MarkAsync(QueueEntry entry)
    {
        var marker = QueueMarker.NameOf(_pool, entry);
        await blobs.WriteAsync(marker, Encoding.UTF8.GetBytes(entry.JobKey));
        _markers[entry.JobKey] = marker;
    }

    private SiloState StateOf(string worker) => _silos?.GetValueOrDefault(WorkerInfo.SiloOf(worker)) ?? SiloState.Active;

    private async Task AskFleetAsync()
    {
        try
        {
            _silos ??= await GrainFactory.GetGrain<IFleetGrain>(_pool).GetStates();
        }
        catch (Exception e)
        {
            // Asked again with the next tick: work does not wait for it.
            LogNoFleet(_pool, e);
        }
    }

    /// <summary>The names of silos that were members and are dead, and that nothing alive bears.</summary>
    private IEnumerable<string> DeadSilos()
    {
        HashSet<string> alive = [], dead = [];
        foreach (var (silo, status) in members.GetApproximateSiloStatuses(onlyActive: false))
        {
            if (members.TryGetSiloName(silo, out var name)) (status == SiloStatus.Dead ? dead : alive).Add(name);
        }
        return dead.Except(alive);
    }

    private async Task TickAsync()
    {
        if (_silos is null) await AskFleetAsync();
        List<LostLease> lost = [.. _line.Expire(Now)];
        foreach (var silo in DeadSilos())
        {
            lost.AddRange(_line.LoseSilo(silo, Now));
            foreach (var slot in _workers.Keys.Where(slot => WorkerInfo.SiloOf(slot) == silo).ToList()) _workers.Remove(slot);
        }
        await TellLostAsync(lost);
        if (Now - _stored >= StoreUsageEvery) await StoreUsageAsync();
    }

    private async Task StoreUsageAsync()
    {
        _stored = Now;
        try
        {
            await blobs.WriteAsync(UsageBlob, JsonSerializer.SerializeToUtf8Bytes(
                _line.Usage(Now) with { At = clock.GetUtcNow() }, GrainJson.Options));
        }
        catch (Exception e)
        {
            // The next minute tries again; what is lost is a minute's memory of who used how much.
            LogNotStored(_pool, e);
        }
    }

    private async Task RecallUsageAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await blobs.ReadAsync(UsageBlob, cancellationToken) is not { } blob) return;
            if (JsonSerializer.Deserialize<StoredUsage>(blob.Content.Span, GrainJson.Options) is not { } stored) return;
            var age = clock.GetUtcNow() - stored.At;
            _line.Recall(stored, age > TimeSpan.Zero ? age : TimeSpan.Zero, Now);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Who used how much is forgotten; no work is.
            LogNotRecalled(UsageBlob, e);
        }
    }

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

    private async Task TellLostAsync(IReadOnlyList<LostLease> lost)
    {
        using var system = TenantScope.EnterSystem();
        foreach (var lease in lost)
        {
            try
            {
                var job = GrainFactory.GetGrain<IJobGrain>(lease.JobKey);
                await (lease.Died ? job.WorkerDied(lease.Attempt) : job.LeaseLost(lease.Attempt));
            }
            catch (Exception e)
            {
                // The job learns of it when the next attempt starts.
                LogNotTold(lease.JobKey, lease.Attempt, e);
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "Queue {Pool} rebuilt: {Jobs} jobs wait or run")]
    private partial void LogRebuilt(string pool, int jobs);

    [LoggerMessage(LogLevel.Error, "'{Marker}' stands among the queue's markers and is none that this version reads; it is left alone")]
    private partial void LogNoMarker(string marker);

    [LoggerMessage(LogLevel.Warning, "What the tenants of queue {Pool} used could not be stored")]
    private partial void LogNotStored(string pool, Exception e);

    [LoggerMessage(LogLevel.Error, "'{Blob}' cannot be read; all tenants count as having used nothing")]
    private partial void LogNotRecalled(string blob, Exception e);

    [LoggerMessage(LogLevel.Warning, "Queue {Pool} does not know yet which silos get no work")]
    private partial void LogNoFleet(string pool, Exception e);

    [LoggerMessage(LogLevel.Warning, "Tenant {Tenant} does not say what is set for it; it counts like any other")]
    private partial void LogNoTerms(string tenant, Exception e);

    [LoggerMessage(LogLevel.Warning, "Job {Job} does not say who runs it; it waits a moment")]
    private partial void LogUnverified(string job, Exception e);

    [LoggerMessage(LogLevel.Warning, "Job {Job} could not be told that its attempt {Attempt} is lost")]
    private partial void LogNotTold(string job, int attempt, Exception e);
}
