using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Utilities;
using ViCo.Grains.Clustering;
using ViCo.Grains.Concepts;
using ViCo.Grains.Feeds;
using ViCo.Grains.Gpus;
using ViCo.Grains.Indexes;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;
using ViCo.Grains.Webhooks;

namespace ViCo.Grains.Jobs;

/// <summary>
/// Gives <see cref="JobMachine"/> durability, neighbours and watchers. The queue and the indexes
/// hear of a job before it exists, never after.
/// </summary>
[ControlSilos]
internal sealed partial class JobGrain(
    [PersistentState("job")] IPersistentState<Saved<JobRecord>> stored, IBlobStore blobs,
    [FromKeyedServices(GrainHosting.ClockKey)] TimeProvider clock, IOptions<LeaseOptions> leases, ILogger<JobGrain> logger)
    : Grain, IJobGrain, ITenantOwned
{
    private static readonly TimeSpan WatchLasts = TimeSpan.FromMinutes(5), StepsAreTold = TimeSpan.FromSeconds(5);
    private readonly DurableState<JobRecord> _job = new(stored);
    private readonly JobLog _log = new(blobs);
    private readonly ObserverManager<IJobWatcher> _watchers = new(WatchLasts, logger);
    private TenantId _tenant;
    private string _jobId = "";
    private FeedVoice _feed = null!;
    private Preview? _preview;
    private DateTimeOffset _heard, _told;

    private string Key => _tenant.Key(_jobId);
    private int MaxFruitless => leases.Value.MaxFruitlessAttempts;
    private DateTimeOffset Now => clock.GetUtcNow();
    private IWebhookGrain Webhooks => GrainFactory.GetGrain<IWebhookGrain>(_tenant.Value);
    private IGpuQueueGrain Queue => GrainFactory.GetGrain<IGpuQueueGrain>(IGpuQueueGrain.DefaultPool);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        _tenant = TenantId.OfKey(key);
        _jobId = key[(_tenant.Value.Length + 1)..];
        _job.Load();
        _job.Written = Tell;
        _feed = new(GrainFactory, _tenant);
        _preview = _job.Value?.Preview;
        _heard = Now;
        return Task.CompletedTask;
    }

    public async Task<SubmitResult> Submit(JobSpec spec)
    {
        // First the queue's marker, the index and the webhooks, then the record: a job that exists is never forgotten. The other way round
        // is harmless: a worker whose Start finds no record has the marker removed.
        if (_job.Value is null)
        {
            await Task.WhenAll(IndexAsync(spec, ended: null), Queue.Enqueue(JobInLine.First(Key, spec)), Webhooks.Expect(_jobId));
        }
        await ChangeAsync(job => (job ?? JobMachine.Submit(spec, Now), true));
        var job = _job.Value!;
        // Repeated, because a Start that came to another activation before the record was there has the marker removed. It costs a message.
        if (job.State == JobState.Queued) await EnqueueAsync(job);
        return JobMachine.SameRequest(job.Spec, spec)
            ? new(JobMachine.View(_jobId, job))
            : new(null, $"Job '{_jobId}' was submitted before with another request; a new request needs a new id.");
    }

    public Task<JobView?> Get()
    {
        AskAfterSilentWorker();
        return Task.FromResult(_job.Value is { } job ? JobMachine.View(_jobId, job) : null);
    }

    public Task<JobSpec?> GetSpec() => Task.FromResult(_job.Value?.Spec);

    // As a command that changes nothing it is answered from what is stored: the queue drops the marker of a job that is not.
    public Task<JobOwner> GetOwner() => ChangeAsync(job =>
        (job, new JobOwner(job?.State, job?.Attempt ?? 0, job?.Worker) { Base = job is null ? null : JobInLine.BaseOf(job) }));

    public async Task<bool> Cancel()
    {
        await ChangeAsync(job => (job is null ? null : JobMachine.Cancel(job, Now), true));
        if (_job.Value is null) return false;
        await SettleAsync();
        return _job.Value?.State == JobState.Canceled;
    }

    public async Task Erase()
    {
        if (_job.Value is not { } job) return;
        await Cancel();
        // Whatever is still there is listed, and found by its concept, so that it can be deleted again.
        var submitted = BlobNames.Submitted(_tenant, job.Spec.ConceptId, _jobId);
        await foreach (var blob in blobs.ListAsync(PrefixOf(job)))
        {
            if (blob.Name != submitted) await blobs.DeleteAsync(blob.Name);
        }
        foreach (var index in IndexesOf(job.Spec)) await index.Remove(job.Spec.Submitted, _jobId);
        await _job.ChangeAsync(_ => ((JobRecord?)null, true));
        await blobs.DeleteAsync(submitted);
        DeactivateOnIdle();
    }

    public async Task<EventPage> ReadEvents(long afterSeq, int limit)
    {
        AskAfterSilentWorker();
        return _job.Value is { } job ? await _log.ReadAsync(PrefixOf(job), job, afterSeq, limit) : new([], 0, false);
    }

    public Task Watch(IJobWatcher watcher)
    {
        _watchers.Subscribe(watcher, watcher);
        return Task.CompletedTask;
    }

    public Task Unwatch(IJobWatcher watcher)
    {
        _watchers.Unsubscribe(watcher);
        return Task.CompletedTask;
    }

    public async Task<StartResult> Start(int attempt, string worker, Maker? maker)
    {
        var accepted = await ChangeAsync(job => job is null ? (job, false)
            : JobMachine.Start(job, new(attempt, worker, maker), Now));
        var job = _job.Value;
        if (!accepted)
        {
            // The queue knew less than the record; tell it.
            if (job is null || job.HasEnded) await SettleAsync();
            else if (job.State == JobState.Queued) await EnqueueAsync(job);
            return new(false, null, null, null, 0, []);
        }
        _heard = Now;
        LogStarted(Key, attempt, worker, job!.Resume?.Step ?? 0);
        return new(true, job.Spec, job.Resume, job.OlderResume, job.NextBatch, [.. job.Images.Select(i => ImageId.Of(_jobId, i.Index))]);
    }

    public async Task<AppendResult> Append(int attempt, long batch, IReadOnlyList<JobEventData> events)
    {
        _heard = Now;
        // This call only asks whether to go on, several times a minute: a yes needs no look at the storage, for the next append looks.
        if (events.Count == 0 && _job.Value is { State: JobState.Running } running
            && running.Attempt == attempt) return AppendResult.Accepted;

        await CloseTailAsync();
        var result = await ChangeAsync(job => job is null ? (job, AppendResult.Fenced)
            : JobMachine.Append(job, attempt, batch, events, Now));
        await ReportCheckpointsAsync();
        return result;
    }

    public async Task<AppendResult> SaveResumePoint(int attempt, ResumeBlob point)
    {
        var result = await ChangeAsync(job => job is null ? (job, AppendResult.Fenced) : JobMachine.SaveResumePoint(job, attempt, point));
        if (result == AppendResult.Accepted) Queue.Saved(Key, attempt).Ignore();
        return result;
    }

    public async Task<AppendResult> Complete(int attempt)
    {
        // Whoever sees the job succeed finds its checkpoints in the concept, and the last of them as its default.
        await ReportCheckpointsAsync();
        if (_job.Value is { Spec: TrainingJob, HasEnded: false } training
            && JobMachine.Complete(training, attempt, Now).Result == AppendResult.Accepted)
            await Concept(training.Spec).EndTraining(_jobId, JobState.Succeeded, training.Resume);
        var result = await ChangeAsync(job => job is null ? (job, AppendResult.Fenced) : JobMachine.Complete(job, attempt, Now));
        if (_job.Value is null or { HasEnded: true })
        {
            await SettleAsync();
            LogEnded(Key, attempt, _job.Value?.State.ToString() ?? "erased");
        }
        return result;
    }

    public async Task<AppendResult> Fail(int attempt, string code, string message, bool retry)
    {
        var result = await ChangeAsync(job =>
            job is null ? (job, AppendResult.Fenced) : JobMachine.Fail(job, attempt, new(code, message, retry), MaxFruitless, Now));
        LogFailed(Key, attempt, code, _job.Value?.State.ToString() ?? "erased");
        await SettleQueueAsync(result);
        return result;
    }

    public async Task<AppendResult> Release(int attempt, string reason)
    {
        var result = await ChangeAsync(job => job is null ? (job, AppendResult.Fenced) : JobMachine.Release(job, attempt, reason, Now));
        await SettleQueueAsync(result);
        return result;
    }

    public Task LeaseLost(int attempt) => LoseAsync(attempt, job => JobMachine.LeaseLost(job, attempt, Now));

    public Task WorkerDied(int attempt) => LoseAsync(attempt, job => JobMachine.WorkerDied(job, attempt, MaxFruitless, Now));

    private async Task LoseAsync(int attempt, Func<JobRecord, JobRecord> lose)
    {
        await ChangeAsync(job => (job is null ? null : lose(job), true));
        LogLeaseLost(Key, attempt, _job.Value?.State.ToString() ?? "erased");
        if (_job.Value is null or { HasEnded: true }) await SettleAsync();
    }

    public Task<Preview?> GetPreview() => Task.FromResult(_preview);

    public Task<ImageFile?> GetImage(int index) => Task.FromResult(
        _job.Value is { } job && job.Images.FirstOrDefault(i => i.Index == index) is { Deleted: false } image
            ? new ImageFile(BlobOf(job, image), index, image.Seed, image.Pixels)
            : null);

    public async Task<bool> RemoveImage(int index)
    {
        if (_job.Value is not { } job || job.Images.FirstOrDefault(i => i.Index == index) is not { } image) return false;
        // The index forgets the job's end before the picture goes, and is told of it again afterwards.
        if (job.HasEnded) await IndexAsync(job.Spec, ended: null);
        await ChangeAsync(current => (current is null ? null : JobMachine.RemoveImage(current, index), true));
        await blobs.DeleteAsync(BlobOf(job, image));
        if (_job.Value is { HasEnded: true } after) await IndexAsync(after.Spec, after);
        return !image.Deleted;
    }

    public async Task SetPreview(int attempt, Preview preview)
    {
        if (_job.Value is not { State: JobState.Running } job || job.Attempt != attempt) return;
        _preview = preview;                                     // durable with the next commit: it may be lost, the log may not
        if (JobMachine.HasCheckpoint(job, preview.Step)) await ChangeAsync(current =>
            (current is null ? null : JobMachine.KeepPreview(current, preview), true));
        await _watchers.Notify(w => w.Grown(Key, job.LastSeq, preview.Step));
    }

    public Task<IReadOnlyList<Preview>> GetPreviews() => Task.FromResult(_job.Value?.Previews ?? []);

    private void Tell(JobRecord? before, JobRecord? after)
    {
        var changes = ChangesBetween.Jobs(_jobId, before, after, tellStep: Now - _told >= StepsAreTold);
        if (changes.Count == 0) return;
        _told = Now;
        _feed.Tell(changes);
        Webhooks.Heard(_jobId).Ignore();
    }

    /// <summary>
    /// Leases run out by the queue's clock. With its silo dead and no worker left nobody calls the queue, so nobody would start it again:
    /// whoever looks at the job does.
    /// </summary>
    private void AskAfterSilentWorker()
    {
        if (_job.Value is not { State: JobState.Running } job || Now - _heard < leases.Value.Duration) return;
        _heard = Now;                                           // not again before another lease has passed
        Queue.Check(JobInLine.Running(Key, job)).Ignore();
    }

    /// <summary>
    /// The job has ended, or never was: nobody waits for it any more. The record says so already: a call that gets lost here costs time and
    /// misleads nobody.
    /// </summary>
    private async Task SettleAsync()
    {
        await Queue.Remove(Key);
        if (_job.Value is not { HasEnded: true } job) return;
        if (job is { Spec: TrainingJob, State: not JobState.Succeeded }) await Concept(job.Spec).EndTraining(_jobId, job.State, job.Resume);
        await IndexAsync(job.Spec, job);
        await Concept(job.Spec).JobEnded(_jobId);
    }

    /// <summary>Writes the job's entries; with all its fields when it has ended.</summary>
    private Task IndexAsync(JobSpec spec, JobRecord? ended)
    {
        var entry = new IndexEntry(
            spec.Submitted, _jobId, spec.ConceptId, spec is TrainingJob ? "training" : "sampling", spec.User, Job: ended is null ? null
                : JobMachine.View(_jobId, ended));
        return Task.WhenAll(IndexesOf(spec).Select(index => index.Put(entry)));
    }

    private IIndexGrain[] IndexesOf(JobSpec spec) =>
    [
        GrainFactory.GetGrain<IIndexGrain>(IndexKeys.Jobs(_tenant)),
        GrainFactory.GetGrain<IIndexGrain>(IndexKeys.Jobs(_tenant, spec.ConceptId)),
    ];

    private IConceptGrain Concept(JobSpec spec) => GrainFactory.GetGrain<IConceptGrain>(_tenant.Key(spec.ConceptId));

    private string BlobOf(JobRecord job, DrawnImage image) =>
        BlobNames.Image(BlobNames.Attempt(_tenant, job.Spec.ConceptId, _jobId, image.Attempt), image.Index);

    private string PrefixOf(JobRecord job) => $"{BlobNames.Jobs(_tenant, job.Spec.ConceptId)}{_jobId}/";

    private async Task<TResult> ChangeAsync<TResult>(Func<JobRecord?, (JobRecord?, TResult)> command)
    {
        var before = _job.Value?.LastSeq ?? 0;
        var result = await _job.ChangeAsync(job =>
        {
            var (next, answer) = command(job);
            if (next is null || ReferenceEquals(next, job)) return (next, answer);
            next = next with { Preview = _preview };
            JobMachine.Check(next);
            return (next, answer);
        });
        if (_job.Value is { } changed && changed.LastSeq > before) await _watchers.Notify(w => w.Grown(Key, changed.LastSeq, null));
        return result;
    }

    private async Task CloseTailAsync()
    {
        if (_job.Value is not { } job || job.Tail.Count < JobLog.TailLimit) return;
        var closed = await _log.CloseAsync(PrefixOf(job), job.Tail);
        await _job.ChangeAsync(current => (current is null ? null : JobMachine.CloseTail(current, closed), true));
    }

    private async Task ReportCheckpointsAsync()
    {
        if (_job.Value is not { Unreported.Count: > 0 } job) return;
        var concept = Concept(job.Spec);
        foreach (var report in job.Unreported)
        {
            var blob = BlobNames.Checkpoint(BlobNames.Attempt(_tenant, job.Spec.ConceptId, _jobId, report.Attempt), report.Step);
            // A concept deleted meanwhile answers NotFound: nobody is left to tell.
            await concept.AddCheckpoint(_jobId, report.Attempt,
                new(report.Step, blob, report.Digest, report.Bytes, _jobId, report.Time) { BaseDigest = job.Maker?.BaseDigest });
        }
        await _job.ChangeAsync(current =>
            (current is null ? null : current with { Unreported = [.. current.Unreported.Except(job.Unreported)] }, true));
    }

    private async Task SettleQueueAsync(AppendResult result)
    {
        if (_job.Value is null or { HasEnded: true }) await SettleAsync();
        else if (result == AppendResult.Accepted && _job.Value.State == JobState.Queued) await EnqueueAsync(_job.Value);
    }

    private Task EnqueueAsync(JobRecord job) => Queue.Enqueue(JobInLine.Next(Key, job));
}
