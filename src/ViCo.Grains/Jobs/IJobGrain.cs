using System.Text.Json.Serialization;
using Orleans.Concurrency;
using ViCo.Grains.Concepts;

namespace ViCo.Grains.Jobs;

/// <summary>One training or sampling run and its gapless event log. Key: <c>tenant/job</c>; the job id is chosen by the caller. Every command may be repeated.</summary>
/// <remarks>Questions interleave with commands and answer from what is durable, so that a slow write delays no reader.</remarks>
[Alias("vico.IJobGrain")]
public interface IJobGrain : IGrainWithStringKey
{
    /// <summary>Queues the job; the same spec again changes nothing, another one is a conflict.</summary>
    [Alias("Submit")] Task<SubmitResult> Submit(JobSpec spec);

    /// <summary>The job, or null when it was never submitted.</summary>
    [Alias("Get"), AlwaysInterleave] Task<JobView?> Get();

    /// <summary>What the job was asked for, or null when it was never submitted.</summary>
    [Alias("GetSpec"), AlwaysInterleave] Task<JobSpec?> GetSpec();

    /// <summary>Ends the job unless it has ended. Its worker, if any, is fenced off and stops at its next step.</summary>
    /// <returns>True when the job is canceled, now or before; false when it never was, or ended otherwise.</returns>
    [Alias("Cancel")] Task<bool> Cancel();

    /// <summary>Ends the job, then forgets it: spec, log and results. Again changes nothing.</summary>
    [Alias("Erase")] Task Erase();

    /// <summary>Durable events with <c>Seq &gt; afterSeq</c>, oldest first, at most <paramref name="limit"/>; empty when there are none yet.</summary>
    [Alias("ReadEvents"), AlwaysInterleave] Task<EventPage> ReadEvents(long afterSeq, int limit);

    /// <summary>Asks to be told when the log grows; forgotten unless repeated within five minutes.</summary>
    [Alias("Watch"), AlwaysInterleave] Task Watch(IJobWatcher watcher);

    /// <summary>Stops telling <paramref name="watcher"/>.</summary>
    [Alias("Unwatch"), AlwaysInterleave] Task Unwatch(IJobWatcher watcher);

    /// <summary>The worker that leased <paramref name="attempt"/> starts. False: the attempt is old or the job has ended; drop it.</summary>
    /// <param name="maker">What it works with; null: it does not say.</param>
    [Alias("Start")] Task<StartResult> Start(int attempt, string worker, Maker? maker = null);

    /// <summary>Who has the job: the queue asks after it was rebuilt.</summary>
    [Alias("GetOwner")] Task<JobOwner> GetOwner();

    /// <summary>Appends what the attempt did; durable when it returns. A batch repeated (same <paramref name="batch"/> number) is appended once.</summary>
    /// <remarks>
    /// Steps, pictures and checkpoints that an earlier attempt told of already are not told twice. No events: only asks whether to go on,
    /// and takes no batch number.
    /// </remarks>
    [Alias("Append")] Task<AppendResult> Append(int attempt, long batch, IReadOnlyList<JobEventData> events);

    /// <summary>Where the attempt's newest resume point lies; the next attempt starts there.</summary>
    [Alias("SaveResumePoint")] Task<AppendResult> SaveResumePoint(int attempt, ResumePoint point);

    /// <summary>The attempt finished its work.</summary>
    [Alias("Complete")] Task<AppendResult> Complete(int attempt);

    /// <summary>The attempt cannot be done: ends the job, or queues it again when <paramref name="retry"/> and attempts are left.</summary>
    [Alias("Fail")] Task<AppendResult> Fail(int attempt, string code, string message, bool retry);

    /// <summary>The attempt stopped at a step boundary (drain, preemption): queued again.</summary>
    [Alias("Release")] Task<AppendResult> Release(int attempt, string reason);

    /// <summary>Called by the queue when a lease ran out: the attempt is dead and the job waits again.</summary>
    [Alias("LeaseLost")] Task LeaseLost(int attempt);

    /// <summary>The newest lossy preview (a PNG's blob and step), or null.</summary>
    [Alias("GetPreview"), AlwaysInterleave] Task<Preview?> GetPreview();

    /// <summary>Where picture <paramref name="index"/> of this job lies (see <see cref="ImageId"/>), or null.</summary>
    [Alias("GetImage"), AlwaysInterleave] Task<ImageFile?> GetImage(int index);

    /// <summary>Deletes one picture: it is not listed, not fetched and not drawn again. False: there is none.</summary>
    [Alias("RemoveImage")] Task<bool> RemoveImage(int index);

    /// <summary>Replaces the newest preview; outside the log.</summary>
    [Alias("SetPreview")] Task SetPreview(int attempt, Preview preview);

    /// <summary>Previews kept beside checkpoints, by step.</summary>
    [Alias("GetPreviews"), AlwaysInterleave] Task<IReadOnlyList<Preview>> GetPreviews();
}

/// <summary>Told that there is something up to a sequence number; the log is the truth.</summary>
[Alias("vico.IJobWatcher")]
public interface IJobWatcher : IGrainObserver
{
    /// <summary>Events up to <paramref name="seq"/> are durable, or a new preview is there.</summary>
    [Alias("Grown"), OneWay] Task Grown(string jobKey, long seq, int? previewStep);
}

/// <summary>What a job is: <see cref="TrainingJob"/> or <see cref="SamplingJob"/>.</summary>
/// <param name="ConceptId">The concept, without its tenant.</param>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("vico.job-spec")]
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(TrainingJob), "training")]
[JsonDerivedType(typeof(SamplingJob), "sampling")]
public abstract record JobSpec([property: Id(0)] string ConceptId, [property: Id(1)] DateTimeOffset Submitted)
{
    /// <summary>The front-end's own user it is made for, at most 64 characters; null: none.</summary>
    [Id(2)] public string? User { get; init; }
}

/// <param name="PhotoBlobs">Blobs of the photos as they were at submission, in reference order.</param>
/// <param name="Others">Further objects that are learned together with this one; null: none.</param>
[GenerateSerializer, Immutable, Alias("vico.training-job")]
public sealed record TrainingJob(
    string ConceptId, DateTimeOffset Submitted, [property: Id(0)] string InitWord, [property: Id(1)] IReadOnlyList<string> PhotoBlobs,
    [property: Id(2)] TrainingSettings Settings, [property: Id(3)] IReadOnlyList<ObjectToLearn>? Others = null) : JobSpec(ConceptId, Submitted)
{
    /// <summary>The run it belongs to; null: the one of its own id.</summary>
    [Id(4)] public string? Run { get; init; }

    /// <summary>Where the first attempt goes on: the end of its own run, or with <see cref="Branches"/> of another.</summary>
    [Id(5)] public ResumePoint? From { get; init; }

    /// <summary>Whether <see cref="From"/> is another run's.</summary>
    [Id(6)] public bool Branches { get; init; }
}

/// <summary>One object of several in a training.</summary>
/// <param name="PhotoBlobs">As in <see cref="TrainingJob"/>.</param>
[GenerateSerializer, Immutable, Alias("vico.object-to-learn")]
public sealed record ObjectToLearn([property: Id(0)] string InitWord, [property: Id(1)] IReadOnlyList<string> PhotoBlobs);

/// <param name="CheckpointBlob">The concept's checkpoint at submission, or null for the base model alone.</param>
/// <param name="Settings">With every value that was open in the request as it was found at submission.</param>
/// <param name="CheckpointDigest">Its digest.</param>
/// <param name="ReferenceBlobs">Photos the image blocks attend to.</param>
/// <param name="ReferenceObjects">Which object each of them shows, from 1; null: the concept has one.</param>
[GenerateSerializer, Immutable, Alias("vico.sampling-job")]
public sealed record SamplingJob(
    string ConceptId, DateTimeOffset Submitted, [property: Id(0)] string? CheckpointBlob, [property: Id(1)] string? CheckpointDigest,
    [property: Id(2)] IReadOnlyList<string> ReferenceBlobs, [property: Id(3)] SamplingSettings Settings,
    [property: Id(4)] IReadOnlyList<int>? ReferenceObjects = null) : JobSpec(ConceptId, Submitted)
{
    /// <summary>Pictures of a pass where a job does not say.</summary>
    public const int DefaultPerPass = 4;

    /// <summary>The settings as asked for; null: as in <see cref="Settings"/>.</summary>
    [Id(5)] public SamplingSettings? Asked { get; init; }

    /// <summary>Pictures that are drawn in one pass; 0: <see cref="DefaultPerPass"/>.</summary>
    [Id(6)] public int PerPass { get; init; }

    /// <summary>The picture that is drawn again, alone of all; null: all are drawn.</summary>
    [Id(7)] public Rerun? Rerun { get; init; }

    /// <summary>The indexes of the pictures to draw.</summary>
    internal IEnumerable<int> Wanted => Rerun is { } rerun ? [rerun.Index] : Enumerable.Range(0, Settings.Count);

    /// <summary>The indexes pass by pass: the same whatever is drawn already, for what shares a pass may show in the last bits.</summary>
    public IEnumerable<int[]> Passes => Enumerable.Range(0, Settings.Count).Chunk(PerPass > 0 ? PerPass : DefaultPerPass)
        .Where(pass => Rerun is null || pass.Contains(Rerun.Index));
}

/// <summary>A picture to be drawn again from its own settings.</summary>
/// <param name="Image">Its id.</param>
/// <param name="Pixels">SHA-256 (lower-case hex) of its pixels: 8-bit RGB, row by row.</param>
/// <param name="Maker">What drew it; null: a version that did not say.</param>
[GenerateSerializer, Immutable, Alias("vico.rerun")]
public sealed record Rerun(
    [property: Id(0)] string Image, [property: Id(1)] int Index, [property: Id(2)] string Pixels, [property: Id(3)] Maker? Maker);

/// <summary>What a worker works with.</summary>
/// <param name="BaseModel">The base model's name.</param>
/// <param name="BaseDigest">SHA-256 (lower-case hex) over its weight files.</param>
/// <param name="Device">The class of device: devices of one class make the same bytes.</param>
[GenerateSerializer, Immutable, Alias("vico.maker")]
public sealed record Maker([property: Id(0)] string BaseModel, [property: Id(1)] string BaseDigest, [property: Id(2)] string Device);

/// <summary>Where a job stands. Any state but the last three has an owner at all times: the queue or one leased worker.</summary>
public enum JobState
{
    /// <summary>Waits in the queue.</summary>
    Queued = 0,

    /// <summary>A worker holds its lease.</summary>
    Running = 1,

    /// <summary>Done.</summary>
    Succeeded = 2,

    /// <summary>Given up, with an error event that says why.</summary>
    Failed = 3,

    /// <summary>Ended by the user.</summary>
    Canceled = 4,
}

/// <param name="Seq">1, 2, 3, … without a gap.</param>
/// <param name="Attempt">0 before the first.</param>
[GenerateSerializer, Immutable, Alias("vico.job-event")]
public sealed record JobEvent(
    [property: Id(0)] long Seq, [property: Id(1)] int Attempt, [property: Id(2)] DateTimeOffset Time, [property: Id(3)] JobEventData Data);

/// <summary>The lossless kinds of event. In JSON the member <c>type</c> says which.</summary>
[GenerateSerializer, Immutable, Alias("vico.event")]
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(StateChanged), "state")]
[JsonDerivedType(typeof(StepDone), "step")]
[JsonDerivedType(typeof(SamplingStepDone), "sampling-step")]
[JsonDerivedType(typeof(CheckpointSaved), "checkpoint")]
[JsonDerivedType(typeof(ImageDrawn), "image")]
[JsonDerivedType(typeof(WarningRaised), "warning")]
[JsonDerivedType(typeof(ErrorRaised), "error")]
public abstract record JobEventData;

/// <summary>The job's state changed, with the reason in words where there is one (and the worker when it started).</summary>
[GenerateSerializer, Immutable, Alias("vico.event.state")]
public sealed record StateChanged([property: Id(0)] JobState State, [property: Id(1)] string? Reason) : JobEventData;

/// <summary>One optimizer step.</summary>
/// <param name="Regularization">ViCo's regulariser before its weight, 0 for other methods; <see cref="Terms"/> says it by name.</param>
[GenerateSerializer, Immutable, Alias("vico.event.step")]
public sealed record StepDone(
    [property: Id(0)] int Step, [property: Id(1)] int Steps, [property: Id(2)] double Loss, [property: Id(3)] double Regularization,
    [property: Id(4)] double Seconds) : JobEventData
{
    /// <summary>What the loss is the weighted sum of; empty in events of before terms had names.</summary>
    [Id(5)] public IReadOnlyList<LossTerm> Terms { get => field ?? []; init; } = [];

    /// <summary>Equal where everything it tells is equal, the terms one by one.</summary>
    public bool Equals(StepDone? other) => other is not null && Terms.SequenceEqual(other.Terms)
        && (Step, Steps, Loss, Regularization, Seconds) == (other.Step, other.Steps, other.Loss, other.Regularization, other.Seconds);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Step, Steps, Loss, Seconds);
}

/// <summary>One summand of a loss.</summary>
/// <param name="Name">Such as <c>noise</c>, or <c>end-of-text</c> for ViCo's regulariser.</param>
/// <param name="Value">Before its weight.</param>
[GenerateSerializer, Immutable, Alias("vico.loss-term")]
public sealed record LossTerm([property: Id(0)] string Name, [property: Id(1)] double Value, [property: Id(2)] double Weight);

/// <summary>One denoising step.</summary>
[GenerateSerializer, Immutable, Alias("vico.event.sampling-step")]
public sealed record SamplingStepDone([property: Id(0)] int Step, [property: Id(1)] int Steps) : JobEventData;

/// <summary>A checkpoint is durable.</summary>
[GenerateSerializer, Immutable, Alias("vico.event.checkpoint")]
public sealed record CheckpointSaved([property: Id(0)] int Step, [property: Id(1)] string Digest, [property: Id(2)] long Bytes) : JobEventData;

/// <summary>A picture is durable and can be fetched as <c>/images/{ImageId}</c>.</summary>
[GenerateSerializer, Immutable, Alias("vico.event.image")]
public sealed record ImageDrawn([property: Id(0)] string ImageId, [property: Id(1)] int Index, [property: Id(2)] long Seed, [property: Id(3)] IReadOnlyList<string> Warnings) : JobEventData
{
    /// <summary>Of the PNG; 0: told of by a version that did not count.</summary>
    [Id(4)] public long Bytes { get; init; }

    /// <summary>SHA-256 (lower-case hex) of its pixels: 8-bit RGB, row by row; null: told of by a version that did not say.</summary>
    [Id(5)] public string? Pixels { get; init; }
}

/// <summary>Something the user would want to know although the job goes on, such as: there is one photo only.</summary>
[GenerateSerializer, Immutable, Alias("vico.event.warning")]
public sealed record WarningRaised([property: Id(0)] string Message) : JobEventData;

/// <summary>Something went wrong; <c>Code</c> is stable, <c>Message</c> is for people.</summary>
[GenerateSerializer, Immutable, Alias("vico.event.error")]
public sealed record ErrorRaised([property: Id(0)] string Code, [property: Id(1)] string Message) : JobEventData;

/// <param name="LastSeq">The newest durable event of the log (not of the page).</param>
/// <param name="Ended">The job has ended and the log will not grow.</param>
[GenerateSerializer, Immutable, Alias("vico.event-page")]
public sealed record EventPage([property: Id(0)] IReadOnlyList<JobEvent> Events, [property: Id(1)] long LastSeq, [property: Id(2)] bool Ended);

/// <param name="Kind"><c>training</c> or <c>sampling</c>.</param>
/// <param name="Step">The last step done.</param>
/// <param name="Images">Ids of the pictures drawn so far.</param>
/// <param name="Sampling">What a sampling was asked for, so that it can be asked for again.</param>
/// <param name="EtaSeconds">Estimated seconds to go while running; null when unknown.</param>
[GenerateSerializer, Immutable, Alias("vico.job-view")]
public sealed record JobView(
    [property: Id(0)] string Id, [property: Id(1)] string Kind, [property: Id(2)] string ConceptId, [property: Id(3)] JobState State,
    [property: Id(4)] int Attempt, [property: Id(5)] int Step, [property: Id(6)] int? Steps, [property: Id(7)] double? Loss,
    [property: Id(8)] IReadOnlyList<string> Images, [property: Id(9)] long LastSeq, [property: Id(10)] DateTimeOffset Submitted,
    [property: Id(11)] DateTimeOffset? Started, [property: Id(12)] DateTimeOffset? Ended, [property: Id(13)] string? Error,
    [property: Id(14)] double? EtaSeconds, [property: Id(15)] string? Prompt, [property: Id(16)] SamplingSettings? Sampling = null)
{
    /// <summary>The front-end's own user it was made for, or null.</summary>
    [Id(17)] public string? User { get; init; }

    /// <summary>Of a training: the run that its checkpoints belong to.</summary>
    [Id(18)] public string? Run { get; init; }

    /// <summary>What a training was asked for.</summary>
    [Id(19)] public TrainingSettings? Training { get; init; }

    /// <summary>Bytes of its pictures, previews and resume points. Checkpoints are their run's.</summary>
    [Id(20)] public long StoredBytes { get; init; }

    /// <summary>What its last attempt worked with; null: nothing has started, or a version that did not say.</summary>
    [Id(21)] public Maker? Maker { get; init; }

    /// <summary>Pictures that are drawn in one pass.</summary>
    [Id(22)] public int? PerPass { get; init; }

    /// <summary>Of a picture drawn again: whether it is the same.</summary>
    [Id(23)] public RerunView? Rerun { get; init; }
}

/// <summary>A picture drawn again, beside the one it was.</summary>
/// <param name="Image">The id of that.</param>
/// <param name="Pixels">SHA-256 of its pixels.</param>
/// <param name="PixelsNow">Of the pixels drawn now; null before that.</param>
/// <param name="Same">Whether the two are equal; null before that.</param>
/// <param name="SameDevice">Whether device class and base model are those that drew it; null where one of them is not known. Only then are the same pixels promised.</param>
[GenerateSerializer, Immutable, Alias("vico.rerun-view")]
public sealed record RerunView(
    [property: Id(0)] string Image, [property: Id(1)] string Pixels, [property: Id(2)] string? PixelsNow, [property: Id(3)] bool? Same,
    [property: Id(4)] bool? SameDevice);

/// <summary>What came of a submission.</summary>
/// <param name="Problem">Null when queued (now or before); else why not, for people.</param>
/// <param name="NotFound">What is named is not there.</param>
/// <param name="What">Then: <c>concept</c>, <c>run</c>, <c>checkpoint</c> or <c>photo</c>.</param>
[GenerateSerializer, Immutable, Alias("vico.submit-result")]
public sealed record SubmitResult(
    [property: Id(0)] JobView? Job, [property: Id(1)] string? Problem = null, [property: Id(2)] bool NotFound = false, [property: Id(3)] string? What = null);

/// <param name="Accepted">False: the attempt is old or the job has ended.</param>
/// <param name="OlderResume">For the case that the blob of <paramref name="Resume"/> does not read.</param>
/// <param name="NextBatch">The number that the attempt's first <see cref="IJobGrain.Append"/> carries.</param>
/// <param name="ImagesDone">Pictures that earlier attempts told of.</param>
[GenerateSerializer, Immutable, Alias("vico.start-result")]
public sealed record StartResult(
    [property: Id(0)] bool Accepted, [property: Id(1)] JobSpec? Spec, [property: Id(2)] ResumePoint? Resume,
    [property: Id(3)] ResumePoint? OlderResume, [property: Id(4)] long NextBatch, [property: Id(5)] IReadOnlyList<string> ImagesDone);

/// <summary>Whether the attempt may go on.</summary>
public enum AppendResult
{
    /// <summary>Durable; go on.</summary>
    Accepted = 0,

    /// <summary>The user cancelled the job: stop and publish nothing.</summary>
    Canceled = 1,

    /// <summary>The attempt is old: stop and publish nothing.</summary>
    Fenced = 2,
}

/// <param name="Step">Steps done at this point.</param>
[GenerateSerializer, Immutable, Alias("vico.resume-point")]
public sealed record ResumePoint([property: Id(0)] int Step, [property: Id(1)] string Blob, [property: Id(2)] string Digest, [property: Id(3)] long Bytes = 0);

/// <param name="State">Null: no such job.</param>
/// <param name="Worker">The worker of the running attempt.</param>
[GenerateSerializer, Immutable, Alias("vico.job-owner")]
public sealed record JobOwner([property: Id(0)] JobState? State, [property: Id(1)] int Attempt, [property: Id(2)] string? Worker);

/// <summary>A drawn picture.</summary>
/// <param name="Pixels">As in <see cref="ImageDrawn"/>.</param>
[GenerateSerializer, Immutable, Alias("vico.image-file")]
public sealed record ImageFile([property: Id(0)] string Blob, [property: Id(1)] int Index, [property: Id(2)] long Seed, [property: Id(3)] string? Pixels = null);

/// <summary>The newest preview picture of a training.</summary>
[GenerateSerializer, Immutable, Alias("vico.preview")]
public sealed record Preview([property: Id(0)] int Step, [property: Id(1)] string Blob, [property: Id(2)] long Bytes = 0);
