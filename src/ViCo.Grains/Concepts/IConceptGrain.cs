using Orleans.Concurrency;
using ViCo.Grains.Jobs;

namespace ViCo.Grains.Concepts;

/// <summary>One object to learn, or up to four together: photos, S★ and the attention-block checkpoints. Key: <c>tenant/concept</c>. Every command may be repeated.</summary>
/// <remarks>
/// Whatever waits for a job's turn interleaves: a job that reports a checkpoint waits for the concept's turn, and neither may wait for the other.
/// </remarks>
[Alias("vico.IConceptGrain")]
public interface IConceptGrain : IGrainWithStringKey
{
    /// <summary>Creates the concept; again with the same name and init words changes nothing, with others is <see cref="Outcome.Conflict"/>.</summary>
    [Alias("Create")] Task<Outcome> Create(ConceptSpec spec);

    /// <summary>Changes what is given and leaves the rest.</summary>
    [Alias("Change")] Task<ChangeResult> Change(ConceptChange change);

    /// <summary>The concept, or null when it was never created or is deleted.</summary>
    [Alias("Get"), AlwaysInterleave] Task<ConceptView?> Get();

    /// <summary>Adds a checked photo whose bytes lie in its blob already; a photo with the same id changes nothing. A photo shows one object: for another it is <see cref="Outcome.Conflict"/>.</summary>
    [Alias("AddPhoto")] Task<Outcome> AddPhoto(Photo photo);

    /// <summary>Removes a photo. Its blob goes with it, or with the last job under way that needs it.</summary>
    [Alias("RemovePhoto")] Task<Outcome> RemovePhoto(string photoId);

    /// <summary>Starts a training as job <paramref name="jobId"/> over the photos of now; every object needs some.</summary>
    /// <param name="origin">What to go on from; null: a run of its own, from the start.</param>
    [Alias("Train"), AlwaysInterleave] Task<SubmitResult> Train(string jobId, TrainingSettings settings, TrainingOrigin? origin = null, string? user = null);

    /// <summary>Draws pictures as job <paramref name="jobId"/>.</summary>
    [Alias("Sample"), AlwaysInterleave] Task<SubmitResult> Sample(string jobId, SamplingSettings settings, string? user = null);

    /// <summary>Draws one picture of job <paramref name="ofJob"/> again as job <paramref name="jobId"/>, by that job's own settings.</summary>
    /// <param name="pixels">As in <see cref="Rerun"/>.</param>
    [Alias("Rerun"), AlwaysInterleave] Task<SubmitResult> Rerun(string jobId, string ofJob, int index, string pixels, string? user = null);

    /// <summary>Its runs, newest first.</summary>
    [Alias("GetRuns"), AlwaysInterleave] Task<IReadOnlyList<Run>?> GetRuns();

    /// <summary>The checkpoint that a choice means now (null: the default), or null.</summary>
    [Alias("FindCheckpoint"), AlwaysInterleave] Task<Checkpoint?> FindCheckpoint(CheckpointChoice? choice);

    /// <summary>Called by the training's job: a checkpoint of <paramref name="attempt"/> lies in its blob.</summary>
    [Alias("AddCheckpoint")] Task<Outcome> AddCheckpoint(string jobId, int attempt, Checkpoint checkpoint);

    /// <summary>Called by a training's job before anyone sees it ended. A finished run becomes the default, unless somebody chose one.</summary>
    /// <param name="resume">Where more steps would go on, if anything is kept for it.</param>
    [Alias("EndTraining")] Task<Outcome> EndTraining(string jobId, JobState how, ResumePoint? resume);

    /// <summary>Called by each job of the concept when it has ended: what only it still needed goes.</summary>
    [Alias("JobEnded")] Task JobEnded(string jobId);

    /// <summary>Names a run, or one of its checkpoints; null takes the name away.</summary>
    [Alias("Label")] Task<Outcome> Label(string runId, int? step, string? label);

    /// <summary>Deletes one checkpoint. Not while a job needs it.</summary>
    [Alias("RemoveCheckpoint")] Task<ChangeResult> RemoveCheckpoint(string runId, int step);

    /// <summary>Deletes a run with its jobs and checkpoints, ending what is under way. Not while a drawing needs one of them.</summary>
    [Alias("RemoveRun"), AlwaysInterleave] Task<ChangeResult> RemoveRun(string runId);

    /// <summary>Deletes the concept, its jobs and all their blobs.</summary>
    [Alias("Delete"), AlwaysInterleave] Task<Outcome> Delete();
}

/// <param name="Name">Shown to people; 1 to 80 characters.</param>
/// <param name="InitWord">One token near the object's class, such as <c>teapot</c>.</param>
/// <param name="OtherInitWords">Of further objects to learn together with the first; null: none.</param>
[GenerateSerializer, Immutable, Alias("vico.concept-spec")]
public sealed record ConceptSpec(
    [property: Id(0)] string Name, [property: Id(1)] string InitWord, [property: Id(2)] DateTimeOffset Created,
    [property: Id(3)] IReadOnlyList<string>? OtherInitWords = null)
{
    /// <summary>Objects that one concept may have.</summary>
    public const int MaxObjects = 4;

    /// <summary>The front-end's own user it is made for, or null.</summary>
    [Id(4)] public string? User { get; init; }

    /// <summary>Words to find it by.</summary>
    [Id(5)] public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What a front-end wants to remember with it.</summary>
    [Id(6)] public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Of every object, in the order of their numbers.</summary>
    public IReadOnlyList<string> InitWords => [InitWord, .. OtherInitWords ?? []];
}

/// <param name="Id">SHA-256 (first 16 bytes, lower-case hex) of the uploaded bytes: the same photo twice is one photo.</param>
/// <param name="Blob">Where the bytes lie: upright, without metadata.</param>
/// <param name="Warnings">Advice such as: smaller than the training size.</param>
/// <param name="ObjectIndex">Which of the concept's objects it shows, from 0.</param>
[GenerateSerializer, Immutable, Alias("vico.photo")]
public sealed record Photo(
    [property: Id(0)] string Id, [property: Id(1)] string Name, [property: Id(2)] int Width, [property: Id(3)] int Height,
    [property: Id(4)] long Bytes, [property: Id(5)] string Blob, [property: Id(6)] IReadOnlyList<string> Warnings,
    [property: Id(7)] int ObjectIndex = 0);

/// <summary>What is to be changed of a concept; null leaves it as it is.</summary>
/// <param name="InitWords">Of every object, as many as before. Not once it was trained.</param>
/// <param name="Default">The checkpoint to use when a request names none, whatever is trained later.</param>
/// <param name="Unpin">The default follows the trainings again.</param>
[GenerateSerializer, Immutable, Alias("vico.concept-change")]
public sealed record ConceptChange(
    [property: Id(0)] string? Name = null, [property: Id(1)] IReadOnlyList<string>? InitWords = null, [property: Id(2)] IReadOnlyList<string>? Tags = null,
    [property: Id(3)] IReadOnlyDictionary<string, string>? Metadata = null, [property: Id(4)] CheckpointChoice? Default = null, [property: Id(5)] bool Unpin = false);

/// <summary>What came of a change.</summary>
/// <param name="Problem">Why it was not made, for people.</param>
/// <param name="Code">What kind of thing is not there, or what stands in the way, for programs.</param>
[GenerateSerializer, Immutable, Alias("vico.change-result")]
public sealed record ChangeResult([property: Id(0)] Outcome Outcome, [property: Id(1)] string? Problem = null, [property: Id(2)] string? Code = null);

/// <summary>What a training goes on from: more steps of a run, or a new run that begins at another's checkpoint.</summary>
/// <param name="Extends">The run that gets more steps.</param>
/// <param name="BranchesFrom">The run that the new one branches off from.</param>
[GenerateSerializer, Immutable, Alias("vico.training-origin")]
public sealed record TrainingOrigin([property: Id(0)] string? Extends = null, [property: Id(1)] string? BranchesFrom = null);

/// <param name="Step">Completed optimizer steps.</param>
/// <param name="Digest">SHA-256 (lower-case hex) of the blob.</param>
/// <param name="JobId">The job that made it.</param>
/// <param name="Run">The run it belongs to.</param>
/// <param name="Label">What people call it, or null.</param>
[GenerateSerializer, Immutable, Alias("vico.checkpoint")]
public sealed record Checkpoint(
    [property: Id(0)] int Step, [property: Id(1)] string Blob, [property: Id(2)] string Digest, [property: Id(3)] long Bytes,
    [property: Id(4)] string JobId, [property: Id(5)] DateTimeOffset Created, [property: Id(6)] string? Run = null, [property: Id(7)] string? Label = null)
{
    /// <summary>Digest of the base model it was learned on; null: told of by a version that did not say.</summary>
    [Id(8)] public string? BaseDigest { get; init; }
}

/// <param name="Checkpoints">By step; of several with one step the one that the bare step means.</param>
/// <param name="DefaultStep">The checkpoint used when a request names none; null before the first.</param>
/// <param name="TrainingJob">The newest training, or null.</param>
/// <param name="OtherInitWords">As in <see cref="ConceptSpec"/>.</param>
[GenerateSerializer, Immutable, Alias("vico.concept-view")]
public sealed record ConceptView(
    [property: Id(0)] string Id, [property: Id(1)] string Name, [property: Id(2)] string InitWord, [property: Id(3)] DateTimeOffset Created,
    [property: Id(4)] IReadOnlyList<Photo> Photos, [property: Id(5)] IReadOnlyList<Checkpoint> Checkpoints,
    [property: Id(6)] int? DefaultStep, [property: Id(7)] string? TrainingJob, [property: Id(8)] IReadOnlyList<string>? OtherInitWords = null)
{
    /// <inheritdoc cref="ConceptSpec.InitWords"/>
    public IReadOnlyList<string> InitWords => [InitWord, .. OtherInitWords ?? []];

    /// <summary>The run of the default checkpoint.</summary>
    [Id(9)] public string? DefaultRun { get; init; }

    /// <summary>Somebody chose the default: trainings do not move it.</summary>
    [Id(10)] public bool Pinned { get; init; }

    /// <inheritdoc cref="ConceptSpec.User"/>
    [Id(11)] public string? User { get; init; }

    /// <inheritdoc cref="ConceptSpec.Tags"/>
    [Id(12)] public IReadOnlyList<string> Tags { get; init; } = [];

    /// <inheritdoc cref="ConceptSpec.Metadata"/>
    [Id(13)] public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Bytes of its photos and checkpoints, those included that wait for a job's end to go.</summary>
    [Id(14)] public long StoredBytes { get; init; }

    /// <summary>How many runs it has.</summary>
    [Id(15)] public int Runs { get; init; }
}

/// <summary>Whether a command was done.</summary>
public enum Outcome
{
    /// <summary>Done now, or done before by the same command.</summary>
    Done = 0,

    /// <summary>No such concept, photo, checkpoint or job.</summary>
    NotFound = 1,

    /// <summary>The id is taken by something else, or the state forbids it.</summary>
    Conflict = 2,
}
