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

    /// <summary>The concept, or null when it was never created or is deleted.</summary>
    [Alias("Get"), AlwaysInterleave] Task<ConceptView?> Get();

    /// <summary>Adds a checked photo whose bytes lie in its blob already; a photo with the same id changes nothing. A photo shows one object: for another it is <see cref="Outcome.Conflict"/>.</summary>
    [Alias("AddPhoto")] Task<Outcome> AddPhoto(Photo photo);

    /// <summary>Removes a photo and its blob.</summary>
    [Alias("RemovePhoto")] Task<Outcome> RemovePhoto(string photoId);

    /// <summary>Starts a training as job <paramref name="jobId"/> over the photos of now; every object needs some.</summary>
    [Alias("Train"), AlwaysInterleave] Task<SubmitResult> Train(string jobId, TrainingSettings settings);

    /// <summary>Draws pictures as job <paramref name="jobId"/>.</summary>
    [Alias("Sample"), AlwaysInterleave] Task<SubmitResult> Sample(string jobId, SamplingSettings settings);

    /// <summary>Called by the training's job: a checkpoint of <paramref name="attempt"/> lies in its blob. The default step becomes the newest.</summary>
    [Alias("AddCheckpoint")] Task<Outcome> AddCheckpoint(string jobId, int attempt, Checkpoint checkpoint);

    /// <summary>Sets the step that sampling uses when a request names none.</summary>
    [Alias("ChooseCheckpoint")] Task<Outcome> ChooseCheckpoint(int step);

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

/// <param name="Step">Completed optimizer steps.</param>
/// <param name="Digest">SHA-256 (lower-case hex) of the blob.</param>
[GenerateSerializer, Immutable, Alias("vico.checkpoint")]
public sealed record Checkpoint(
    [property: Id(0)] int Step, [property: Id(1)] string Blob, [property: Id(2)] string Digest, [property: Id(3)] long Bytes,
    [property: Id(4)] string JobId, [property: Id(5)] DateTimeOffset Created);

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
