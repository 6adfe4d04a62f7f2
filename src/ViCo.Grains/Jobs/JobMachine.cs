using System.Text.Json;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Jobs;

/// <summary>What may happen to a job, as pure functions from one record to the next. The same record back: nothing changes.</summary>
internal static class JobMachine
{
    public static JobRecord Submit(JobSpec spec, DateTimeOffset now) =>
        Tell(new JobRecord { Spec = spec, Steps = (spec as TrainingJob)?.Settings.Steps }, now, new StateChanged(JobState.Queued, null));

    /// <summary>Whether two specs ask for the same: photos and checkpoints may have changed between a request and its repetition.</summary>
    public static bool SameRequest(JobSpec a, JobSpec b) => RequestOf(a) == RequestOf(b);

    public static (JobRecord Next, bool Accepted) Start(JobRecord job, WorkerStart start, DateTimeOffset now)
    {
        var (attempt, worker, maker) = start;
        if (job.State == JobState.Running && job.Attempt == attempt) return (job, job.Worker == worker);
        if (attempt <= job.Attempt || job.HasEnded) return (job, false);

        // The queue gave out a newer lease, so the older one is lost, even if the queue's message did not arrive.
        if (job.State == JobState.Running) job = LeaseLost(job, job.Attempt, now);

        job = job with
        {
            State = JobState.Running, Attempt = attempt, Worker = worker, Maker = maker, NextBatch = 1, GotFurther = false,
            Started = job.Started ?? now, AttemptBegan = now,
        };
        return (Tell(job, now, new StateChanged(JobState.Running, $"attempt {attempt} on {worker}")), true);
    }

    public static (JobRecord Next, AppendResult Result) Append(
        JobRecord job, int attempt, long batch, IReadOnlyList<JobEventData> events, DateTimeOffset now)
    {
        if (Refused(job, attempt) is { } refusal) return (job, refusal);
        if (batch < job.NextBatch || events.Count == 0) return (job, AppendResult.Accepted);
        if (batch > job.NextBatch)
            throw new InvalidOperationException($"Attempt {attempt} appended batch {batch}; wanted {job.NextBatch}.");

        job = job with { NextBatch = batch + 1 };
        foreach (var data in events) job = Apply(job, data, now);
        return (job, AppendResult.Accepted);
    }

    public static (JobRecord Next, AppendResult Result) SaveResumePoint(JobRecord job, int attempt, ResumeBlob point)
    {
        if (Refused(job, attempt) is { } refusal) return (job, refusal);
        if (job.Resume == point || point.Step < job.Resume?.Step) return (job, AppendResult.Accepted);
        return (job with { Resume = point, OlderResume = job.Resume }, AppendResult.Accepted);
    }

    /// <exception cref="InvalidOperationException">The log does not show all of the work.</exception>
    public static (JobRecord Next, AppendResult Result) Complete(JobRecord job, int attempt, DateTimeOffset now)
    {
        if (job.State == JobState.Succeeded && job.Attempt == attempt) return (job, AppendResult.Accepted);
        if (Refused(job, attempt) is { } refusal) return (job, refusal);
        if (Missing(job) is { } missing)
            throw new InvalidOperationException($"Attempt {attempt} cannot complete: {missing}.");
        return (End(job, JobState.Succeeded, null, now), AppendResult.Accepted);
    }

    public static (JobRecord Next, AppendResult Result) Fail(JobRecord job, int attempt, Failure failure, int maxFruitless,
        DateTimeOffset now)
    {
        var (code, message, retry) = failure;
        // A repetition after a lost answer finds the job failed, or queued by this very attempt's failure.
        if (job.Attempt == attempt && job.State is JobState.Failed or JobState.Queued) return (job, AppendResult.Accepted);
        if (Refused(job, attempt) is { } refusal) return (job, refusal);

        job = Tell(job, now, new ErrorRaised(code, message));
        return (retry ? Again(job, message, maxFruitless, now) : End(job, JobState.Failed, message, now), AppendResult.Accepted);
    }

    /// <summary>Why an attempt cannot be done.</summary>
    /// <param name="Code">Stable; <paramref name="Message"/> is for people.</param>
    /// <param name="Retry">Whether another attempt may do it.</param>
    internal sealed record Failure(string Code, string Message, bool Retry);

    /// <summary>A worker that begins with an attempt.</summary>
    /// <param name="Maker">What it works with; null: it does not say.</param>
    internal sealed record WorkerStart(int Attempt, string Worker, Maker? Maker = null);

    public static (JobRecord Next, AppendResult Result) Release(JobRecord job, int attempt, string reason, DateTimeOffset now)
    {
        if (job.Attempt == attempt && job.State == JobState.Queued) return (job, AppendResult.Accepted);
        if (Refused(job, attempt) is { } refusal) return (job, refusal);
        return (Queue(job, reason, now), AppendResult.Accepted);
    }

    /// <summary>Whatever became of the worker, the job is not to blame: it may be lost any number of times.</summary>
    public static JobRecord LeaseLost(JobRecord job, int attempt, DateTimeOffset now) =>
        job.State == JobState.Running && job.Attempt == attempt
            ? Queue(job, $"the worker of attempt {attempt} went silent", now)
            : job;

    /// <summary>The worker's process ended while it ran this job alone. Again and again, it is the job that ends it.</summary>
    public static JobRecord WorkerDied(JobRecord job, int attempt, int maxDeaths, DateTimeOffset now)
    {
        if (job.State != JobState.Running || job.Attempt != attempt) return job;
        var deaths = job.GotFurther ? 0 : job.Deaths + 1;
        return deaths < maxDeaths
            ? Queue(job with { Deaths = deaths }, $"the worker of attempt {attempt} ended", now)
            : End(job, JobState.Failed, $"given up: {deaths} workers in a row ended while they ran this job alone", now);
    }

    public static JobRecord Cancel(JobRecord job, DateTimeOffset now) => job.HasEnded ? job : End(job, JobState.Canceled, null, now);

    /// <summary>Drops events that lie durable in a closed part's blob.</summary>
    public static JobRecord CloseTail(JobRecord job, LogSegment closed)
    {
        if (job.Tail.Count == 0 || job.Tail[0].Seq != closed.First || job.LastSeq < closed.Last) return job;
        return job with { Segments = [.. job.Segments, closed], Tail = [.. job.Tail.SkipWhile(e => e.Seq <= closed.Last)] };
    }

    public static JobView View(string jobId, JobRecord job) => new(
        jobId, job.Spec is TrainingJob ? "training" : "sampling", job.Spec.ConceptId, job.State, job.Attempt, job.Step, job.Steps,
        job.Loss is { } loss && double.IsFinite(loss) ? loss : null,
        [.. job.Images.Where(i => !i.Deleted).Select(i => ImageId.Of(jobId, i.Index))], job.LastSeq, job.Spec.Submitted, job.Started,
        job.Ended, job.Error,
        job.State == JobState.Running && job.Steps is { } steps && job.SecondsPerStep is { } pace ? pace * (steps - job.Step) : null,
        (job.Spec as SamplingJob)?.Settings.Prompt, (job.Spec as SamplingJob)?.Settings)
    {
        User = job.Spec.User,
        Run = job.Spec is TrainingJob training ? training.Run ?? jobId : null,
        Training = (job.Spec as TrainingJob)?.Settings,
        Maker = job.Maker,
        PerPass = job.Spec is SamplingJob { PerPass: var together } ? together > 0 ? together : SamplingJob.DefaultPerPass : null,
        Rerun = job.Spec is SamplingJob { Rerun: { } rerun } ? View(rerun, job) : null,
        Uses = job.Uses,
        StoredBytes = job.Images.Where(i => !i.Deleted).Sum(i => i.Bytes) + job.Previews.Sum(p => p.Bytes) + (job.Resume?.Bytes ?? 0)
            + (job.HasEnded ? 0 : job.OlderResume?.Bytes ?? 0)
            + (job.Preview is { } last && job.Previews.All(p => p.Blob != last.Blob) ? last.Bytes : 0),
    };

    private static RerunView View(Rerun rerun, JobRecord job)
    {
        var now = job.Images.FirstOrDefault(i => i.Index == rerun.Index)?.Pixels;
        return new(rerun.Image, rerun.Pixels, now, now is null ? null : now == rerun.Pixels, rerun.Maker is null || job.Maker is null ? null
            : rerun.Maker == job.Maker);
    }

    /// <summary>Whether a checkpoint of this step was told of.</summary>
    public static bool HasCheckpoint(JobRecord job, int step) =>
        step == job.CheckpointStep || job.Unreported.Any(c => c.Step == step)
            || job.Tail.Any(e => e.Data is CheckpointSaved saved && saved.Step == step);

    /// <summary>A preview beside a checkpoint is kept; each step's once.</summary>
    public static JobRecord KeepPreview(JobRecord job, Preview preview) =>
        job with { Previews = [.. job.Previews.Where(p => p.Step != preview.Step).Append(preview).OrderBy(p => p.Step)] };

    /// <summary>Marks a picture as deleted.</summary>
    public static JobRecord RemoveImage(JobRecord job, int index) =>
        job with { Images = [.. job.Images.Select(i => i.Index == index ? i with { Deleted = true } : i)] };

    /// <summary>What is true of every record; checked before each write.</summary>
    /// <exception cref="InvalidOperationException">A rule is broken: a defect of this class, and nothing is written.</exception>
    public static void Check(JobRecord job)
    {
        Require((job.State == JobState.Running) == (job.Worker is not null), "a worker is named if and only if the job runs");
        Require(job.HasEnded == job.Ended is not null, "an end time stands if and only if the job has ended");
        Require(job.State != JobState.Failed || job.Error is not null, "a failed job says why");
        Require(job.State != JobState.Running || job.Attempt > 0, "a running job has an attempt");
        var next = 1L;
        foreach (var segment in job.Segments)
        {
            Require(segment.First == next && segment.Last >= segment.First, "closed parts of the log follow each other");
            next = segment.Last + 1;
        }
        foreach (var e in job.Tail) Require(e.Seq == next++, "sequence numbers have no gap");
        Require(job.LastSeq == next - 1, "the last sequence number is that of the last event");
        Require(job.Images.Select(i => i.Index).Distinct().Count() == job.Images.Count, "a picture is drawn once");

        void Require(bool holds, string rule)
        {
            if (!holds) throw new InvalidOperationException(
                $"Job record {job.State}, attempt {job.Attempt}, seq {job.LastSeq} breaks the rule: {rule}.");
        }
    }

    private static JobRecord Apply(JobRecord job, JobEventData data, DateTimeOffset now) => data switch
    {
        // A resumed attempt redoes some steps; the log tells of each once.
        StepDone e => e.Step <= job.Step ? job : Tell(job with
        {
            Step = e.Step, Steps = e.Steps, Loss = e.Loss, GotFurther = true,
            SecondsPerStep = job.SecondsPerStep is { } pace ? 0.9 * pace + 0.1 * e.Seconds : e.Seconds,
        }, now, e),
        SamplingStepDone e => e.Step <= job.Step ? job : Tell(job with { Step = e.Step, Steps = e.Steps, GotFurther = true }, now, e),
        CheckpointSaved e => e.Step <= job.CheckpointStep ? job : Tell(job with
        {
            CheckpointStep = e.Step, GotFurther = true, Unreported = [.. job.Unreported, new(job.Attempt, e.Step, e.Digest, e.Bytes, now)],
        }, now, e),
        ImageDrawn e => job.Images.Any(i => i.Index == e.Index) ? job : Tell(job with
        {
            GotFurther = true, Images = [.. job.Images, new(e.Index, job.Attempt, e.Seed, e.Bytes, Pixels: e.Pixels, Digest: e.Digest)],
        }, now, e),
        // Every attempt warns of the same.
        WarningRaised e => job.Warnings.Contains(e.Message) ? job : Tell(job with { Warnings = [.. job.Warnings, e.Message] }, now, e),
        ErrorRaised e => Tell(job, now, e),
        _ => throw new ArgumentException($"A worker cannot append {data.GetType().Name}: the job itself says how it stands."),
    };

    private static AppendResult? Refused(JobRecord job, int attempt) =>
        job.State == JobState.Canceled ? AppendResult.Canceled
        : job.State != JobState.Running || job.Attempt != attempt ? AppendResult.Fenced
        : null;

    private static string? Missing(JobRecord job) => job.Spec switch
    {
        SamplingJob sampling when job.Images.Count != sampling.Wanted.Count() =>
            $"{job.Images.Count} of {sampling.Wanted.Count()} pictures are in the log",
        TrainingJob when job.Steps is null || job.Step != job.Steps =>
            $"{job.Step} of {job.Steps?.ToString() ?? "unknown"} steps are in the log",
        TrainingJob when job.CheckpointStep != job.Step => $"the last checkpoint is of step {job.CheckpointStep}, not {job.Step}",
        _ => null,
    };

    private static JobRecord Again(JobRecord job, string reason, int maxFruitless, DateTimeOffset now)
    {
        var fruitless = job.GotFurther ? 0 : job.Fruitless + 1;
        return fruitless < maxFruitless
            ? Queue(job with { Fruitless = fruitless }, reason, now)
            : End(job, JobState.Failed, $"given up after {fruitless} attempts in a row that got no further; the last: {reason}", now);
    }

    private static JobRecord Queue(JobRecord job, string reason, DateTimeOffset now) =>
        Tell(Stopped(job, now) with { State = JobState.Queued, Worker = null }, now, new StateChanged(JobState.Queued, reason));

    private static JobRecord End(JobRecord job, JobState state, string? reason, DateTimeOffset now) => Tell(
        Stopped(job, now) with { State = state, Worker = null, Ended = now, Error = state == JobState.Failed ? reason : null },
        now, new StateChanged(state, reason));

    /// <summary>With what the running attempt used until now, if one runs.</summary>
    private static JobRecord Stopped(JobRecord job, DateTimeOffset now) => job.State != JobState.Running ? job : job with
    {
        // A former version did not note when an attempt began; unless that is long ago, the log says so.
        Uses = DayUse.Add(job.Uses, job.AttemptBegan
            ?? job.Tail.LastOrDefault(e => e.Data is StateChanged { State: JobState.Running })?.Time ?? job.Started ?? now,
            now, job.Maker?.Device), AttemptBegan = null,
    };

    private static JobRecord Tell(JobRecord job, DateTimeOffset now, JobEventData data)
    {
        var e = new JobEvent(job.LastSeq + 1, job.Attempt, now, data);
        return job with { LastSeq = e.Seq, Tail = [.. job.Tail, e] };
    }

    private static string RequestOf(JobSpec spec) => spec switch
    {
        TrainingJob training => $"training {training.ConceptId} {JsonSerializer.Serialize(training.Settings, GrainJson.Options)}",
        SamplingJob sampling =>
            $"sampling {sampling.ConceptId} {JsonSerializer.Serialize(sampling.Asked ?? sampling.Settings, GrainJson.Options)} "
            + $"{sampling.Rerun?.Image}",
        _ => throw new ArgumentException($"'{spec.GetType().Name}' is no kind of job."),
    };
}
