using Orleans.Concurrency;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Jobs;

/// <summary>
/// One training or sampling run and its gapless event log. Key: <c>tenant/job</c>; the job id is chosen by
/// the caller. Every command may be repeated.
/// </summary>
/// <remarks>Questions interleave with commands and answer from what is durable, so that a slow write delays no reader.</remarks>
[Alias("vico.IJobGrain")]
public interface IJobGrain : IGrainWithStringKey
{
    /// <summary>Queues the job; the same spec again changes nothing, another one is a conflict.</summary>
    [Alias("Submit"), Needs(Grants.None)] Task<SubmitResult> Submit(JobSpec spec);

    /// <summary>The job, or null when it was never submitted.</summary>
    [Alias("Get"), Needs(Grants.AnyWork), AlwaysInterleave] Task<JobView?> Get();

    /// <summary>What the job was asked for, or null when it was never submitted.</summary>
    [Alias("GetSpec"), Needs(Grants.AnyWork), AlwaysInterleave] Task<JobSpec?> GetSpec();

    /// <summary>Ends the job unless it has ended. Its worker, if any, is fenced off and stops at its next step.</summary>
    /// <returns>True when the job is canceled, now or before; false when it never was, or ended otherwise.</returns>
    [Alias("Cancel"), Needs(Grants.JobsWrite)] Task<bool> Cancel();

    /// <summary>
    /// Ends the job, then forgets it: spec, log and results. It is gone for its users from the first moment; what a crash cuts off goes on
    /// by itself. Again changes nothing.
    /// </summary>
    [Alias("Erase"), Needs(Grants.JobsWrite)] Task Erase();

    /// <summary>Goes on with a deletion that was cut off; without one, the note of it goes.</summary>
    [Alias("GoOnErasing"), Needs(Grants.None)] Task GoOnErasing();

    /// <summary>Deletes resume points and previews that nothing leads to any more.</summary>
    [Alias("DropLeftovers"), Needs(Grants.None)] Task DropLeftovers();

    /// <summary>
    /// Durable events with <c>Seq &gt; afterSeq</c>, oldest first, at most <paramref name="limit"/>; empty when there are none yet.
    /// </summary>
    [Alias("ReadEvents"), Needs(Grants.AnyWork), AlwaysInterleave] Task<EventPage> ReadEvents(long afterSeq, int limit);

    /// <summary>Asks to be told when the log grows; forgotten unless repeated within five minutes.</summary>
    [Alias("Watch"), Needs(Grants.AnyWork), AlwaysInterleave] Task Watch(IJobWatcher watcher);

    /// <summary>Stops telling <paramref name="watcher"/>.</summary>
    [Alias("Unwatch"), Needs(Grants.AnyWork), AlwaysInterleave] Task Unwatch(IJobWatcher watcher);

    /// <summary>
    /// The worker that leased <paramref name="attempt"/> starts. False: the attempt is old or the job has ended; drop it.
    /// </summary>
    /// <param name="maker">What it works with; null: it does not say.</param>
    [Alias("Start"), Needs(Grants.None)] Task<StartResult> Start(int attempt, string worker, Maker? maker = null);

    /// <summary>Who has the job: the queue asks after it was rebuilt.</summary>
    [Alias("GetOwner"), Needs(Grants.None)] Task<JobOwner> GetOwner();

    /// <summary>
    /// Appends what the attempt did; durable when it returns. A batch repeated (same <paramref name="batch"/> number) is appended once.
    /// </summary>
    /// <remarks>
    /// Steps, pictures and checkpoints that an earlier attempt told of already are not told twice. No events: only asks whether to go on,
    /// and takes no batch number.
    /// </remarks>
    [Alias("Append"), Needs(Grants.None)] Task<AppendResult> Append(int attempt, long batch, IReadOnlyList<JobEventData> events);

    /// <summary>Where the attempt's newest resume point lies; the next attempt starts there.</summary>
    [Alias("SaveResumePoint"), Needs(Grants.None)] Task<AppendResult> SaveResumePoint(int attempt, ResumeBlob point);

    /// <summary>The attempt finished its work.</summary>
    [Alias("Complete"), Needs(Grants.None)] Task<AppendResult> Complete(int attempt);

    /// <summary>The attempt cannot be done: ends the job, or queues it again when <paramref name="retry"/> and attempts are left.</summary>
    [Alias("Fail"), Needs(Grants.None)] Task<AppendResult> Fail(int attempt, string code, string message, bool retry);

    /// <summary>The attempt stopped at a step boundary (drain, preemption): queued again.</summary>
    [Alias("Release"), Needs(Grants.None)] Task<AppendResult> Release(int attempt, string reason);

    /// <summary>Called by the queue when a lease ran out: the attempt is dead and the job waits again.</summary>
    [Alias("LeaseLost"), Needs(Grants.None)] Task LeaseLost(int attempt);

    /// <summary>
    /// As <see cref="LeaseLost"/>; besides, the worker's process ended while it ran this job alone. A job that does so to worker after
    /// worker without getting further is given up.
    /// </summary>
    [Alias("WorkerDied"), Needs(Grants.None)] Task WorkerDied(int attempt);

    /// <summary>The newest lossy preview (a PNG's blob and step), or null.</summary>
    [Alias("GetPreview"), Needs(Grants.AnyWork), AlwaysInterleave] Task<Preview?> GetPreview();

    /// <summary>Where picture <paramref name="index"/> of this job lies (see <see cref="ImageId"/>), or null.</summary>
    [Alias("GetImage"), Needs(Grants.ImagesRead | Grants.ImagesWrite), AlwaysInterleave] Task<ImageFile?> GetImage(int index);

    /// <summary>Deletes one picture: it is not listed, not fetched and not drawn again. False: there is none.</summary>
    [Alias("RemoveImage"), Needs(Grants.ImagesWrite)] Task<bool> RemoveImage(int index);

    /// <summary>Replaces the newest preview; outside the log.</summary>
    [Alias("SetPreview"), Needs(Grants.None)] Task SetPreview(int attempt, Preview preview);

    /// <summary>Previews kept beside checkpoints, by step.</summary>
    [Alias("GetPreviews"), Needs(Grants.AnyWork), AlwaysInterleave] Task<IReadOnlyList<Preview>> GetPreviews();
}
