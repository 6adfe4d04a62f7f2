using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Utilities;
using ViCo.Grains.Clustering;
using ViCo.Grains.Concepts;
using ViCo.Grains.Feeds;
using ViCo.Grains.Gpus;
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
    private JobFiles _files = null!;
    private JobIndexes _indexes = null!;
    private ConceptEar _concept = null!;
    private JobMeter _meter = null!;
    private Preview? _preview;
    private DateTimeOffset _heard, _told;

    /// <summary>The job as its users see it: gone from the moment its deletion begins.</summary>
    private JobRecord? Seen => _job.Value is { Erasing: false } job ? job : null;

    private string Key => _tenant.Key(_jobId);
    private string DeletionNote => BlobNames.DeletionOfJob(_tenant, _jobId);
    private int MaxFruitless => leases.Value.MaxFruitlessAttempts;
    private DateTimeOffset Now => clock.GetUtcNow();
    private IWebhookGrain Webhooks => GrainFactory.GetGrain<IWebhookGrain>(_tenant.Value);
    private IGpuQueueGrain Queue => GrainFactory.GetGrain<IGpuQueueGrain>(IGpuQueueGrain.DefaultPool);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        _tenant = TenantId.OfKey(key);
        _jobId = key[(_tenant.Value.Length + 1)..];
        (_job.Written, _job.AskedInVain) = (Tell, DeactivateOnIdle);
        _feed = new(GrainFactory, _tenant);
        _files = new(blobs, _tenant, _jobId);
        _indexes = new(GrainFactory, _tenant, _jobId);
        _concept = new(GrainFactory, _tenant);
        _meter = new(GrainFactory, blobs, _tenant, _jobId);
        if (_job.Load()) _preview = _job.Value?.Preview;
        _heard = Now;
        return Task.CompletedTask;
    }

    public async Task<SubmitResult> Submit(JobSpec spec)
    {
        // First the queue's marker, the index and the webhooks, then the record: a job that exists is never forgotten. The other way round
        // is harmless: a worker whose Start finds no record has the marker removed.
        if (_job.Value is null)
        {
            await Task.WhenAll(_indexes.PutAsync(spec, ended: null), Queue.Enqueue(JobInLine.First(Key, spec)), Webhooks.Expect(_jobId));
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
        return Task.FromResult(Seen is { } job ? JobMachine.View(_jobId, job) : null);
    }

    public Task<JobSpec?> GetSpec() => Task.FromResult(Seen?.Spec);

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
        // Of a concept that goes the pictures are gone already, and it finds its jobs again by itself.
        var noted = job.Erasing || !await _concept.IsBeingDeletedAsync(job.Spec);
        if (noted && !job.Erasing)
        {
            await blobs.WriteAsync(DeletionNote, ReadOnlyMemory<byte>.Empty);
            await ChangeAsync(current => (current is null ? null : JobMachine.Cancel(current, Now) with { Erasing = true }, true));
        }
        await Cancel();
        await _files.DropAllAsync(job.Spec);
        await _meter.KeepAsync(_job.Value);
        await _indexes.RemoveAsync(job.Spec);
        await _job.ChangeAsync(_ => ((JobRecord?)null, true));
        await blobs.DeleteAsync(BlobNames.Submitted(_tenant, job.Spec.ConceptId, _jobId));
        if (noted) await blobs.DeleteAsync(DeletionNote);
        DeactivateOnIdle();
    }

    public async Task GoOnErasing()
    {
        if (_job.Value is { Erasing: true }) await Erase();
        else await blobs.DeleteAsync(DeletionNote);
    }

    public Task DropLeftovers() => _job.Value is { Erasing: false } job ? _files.DropLeftoversAsync(job) : Task.CompletedTask;

    public async Task<EventPage> ReadEvents(long afterSeq, int limit)
    {
        AskAfterSilentWorker();
        return Seen is { } job ? await _log.ReadAsync(_files.PrefixOf(job.Spec), job, afterSeq, limit) : new([], 0, false);
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
        if (attempt > 1) this.AsReference<IJobGrain>().DropLeftovers().Ignore();
        return new(true, job.Spec, job.Resume, job.OlderResume, job.NextBatch, [.. job.Images.Select(i => ImageId.Of(_jobId, i.Index))]);
    }

    public async Task<AppendResult> Append(int attempt, long batch, IReadOnlyList<JobEventData> events)
    {
        _heard = Now;
        // This call only asks whether to go on, several times a minute: a yes needs no look at the storage, for the next append looks.
        if (events.Count == 0 && _job.Value is { State: JobState.Running } running
            && running.Attempt == attempt) return AppendResult.Accepted;

        var closed = await CloseTailAsync();
        var result = await ChangeAsync(job => job is null ? (job, AppendResult.Fenced)
            : JobMachine.Append(closed is null ? job : JobMachine.CloseTail(job, closed), attempt, batch, events, Now));
        await ReportCheckpointsAsync();
        return result;
    }

    public async Task<AppendResult> SaveResumePoint(int attempt, ResumeBlob point)
    {
        var former = _job.Value?.OlderResume;
        var result = await ChangeAsync(job => job is null ? (job, AppendResult.Fenced) : JobMachine.SaveResumePoint(job, attempt, point));
        if (result != AppendResult.Accepted) return result;
        Queue.Saved(Key, attempt).Ignore();
        // Two are kept: the newest, and one more in case it does not read.
        if (former is not null && _job.Value is { } job && former != job.OlderResume && former != job.Resume)
            await blobs.DeleteAsync(former.Blob);
        return result;
    }

    public async Task<AppendResult> Complete(int attempt)
    {
        // Whoever sees the job succeed finds its checkpoints in the concept, and the last of them as its default.
        await ReportCheckpointsAsync();
        if (_job.Value is { Spec: TrainingJob, HasEnded: false } training
            && JobMachine.Complete(training, attempt, Now).Result == AppendResult.Accepted)
            await _concept.TellAsync(training.Spec, concept => concept.EndTraining(_jobId, JobState.Succeeded, training.Resume));
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

    public async Task<Preview?> GetPreview() => await IsShownAsync() ? _preview : null;

    public async Task<ImageFile?> GetImage(int index) =>
        Seen is { } job && job.Images.FirstOrDefault(i => i.Index == index) is { Deleted: false } image && await IsShownAsync()
            ? new ImageFile(_files.BlobOf(job.Spec, image), index, image.Seed, image.Pixels) { Digest = image.Digest }
            : null;

    public async Task<bool> RemoveImage(int index)
    {
        if (_job.Value is not { } job || job.Images.FirstOrDefault(i => i.Index == index) is not { } image) return false;
        // The index forgets the job's end before the picture goes, and is told of it again afterwards.
        if (job.HasEnded) await _indexes.PutAsync(job.Spec, ended: null);
        await ChangeAsync(current => (current is null ? null : JobMachine.RemoveImage(current, index), true));
        await _files.DropAsync(job.Spec, image);
        if (_job.Value is { HasEnded: true } after) await _indexes.PutAsync(after.Spec, after);
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

    public async Task<IReadOnlyList<Preview>> GetPreviews() => await IsShownAsync() ? _job.Value!.Previews : [];

    /// <summary>Pictures are gone from the moment when their concept's deletion begins.</summary>
    private async Task<bool> IsShownAsync() => Seen is { } job && !await _concept.IsBeingDeletedAsync(job.Spec);

    private void Tell(JobRecord? before, JobRecord? after)
    {
        _meter.Note(before, after);
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
        if (job is { Spec: TrainingJob, State: not JobState.Succeeded })
            await _concept.TellAsync(job.Spec, concept => concept.EndTraining(_jobId, job.State, job.Resume));
        await _indexes.PutAsync(job.Spec, job);
        await _concept.TellAsync(job.Spec, concept => concept.JobEnded(_jobId));
        if (!job.Erasing) await _files.DropLeftoversAsync(job);
    }

    private async Task<TResult> ChangeAsync<TResult>(Func<JobRecord?, (JobRecord?, TResult)> command)
    {
        var before = _job.Value?.LastSeq ?? 0;
        var result = await _job.ChangeAsync(job =>
        {
            var (next, answer) = command(job);
            if (next is null || ReferenceEquals(next, job)) return (next, answer);
            // What was drawn on the way to an end that nobody wanted goes.
            if (next.State is JobState.Failed or JobState.Canceled) _preview = null;
            next = next with { Preview = _preview };
            JobMachine.Check(next);
            return (next, answer);
        });
        if (_job.Value is { } changed && changed.LastSeq > before) await _watchers.Notify(w => w.Grown(Key, changed.LastSeq, null));
        return result;
    }

    /// <summary>Writes a tail that has grown long as a part of its own; null: it has not. The next write of the record says so.</summary>
    private async Task<LogSegment?> CloseTailAsync() => _job.Value is { } job && job.Tail.Count >= JobLog.TailLimit(job.LastSeq)
        ? await _log.CloseAsync(_files.PrefixOf(job.Spec), job.Tail) : null;

    private async Task ReportCheckpointsAsync()
    {
        if (_job.Value is not { Unreported.Count: > 0 } job) return;
        foreach (var report in job.Unreported)
        {
            var blob = BlobNames.Checkpoint(BlobNames.Attempt(_tenant, job.Spec.ConceptId, _jobId, report.Attempt), report.Step);
            // A concept deleted meanwhile answers NotFound: nobody is left to tell.
            var checkpoint = new Checkpoint(report.Step, blob, report.Digest, report.Bytes, _jobId, report.Time)
            {
                BaseDigest = job.Maker?.BaseDigest,
            };
            if (!await _concept.TellAsync(job.Spec, concept => concept.AddCheckpoint(_jobId, report.Attempt, checkpoint))) return;
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
