using Orleans.Concurrency;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Concepts;

/// <summary>
/// One object to learn, or up to four together: photos, S★ and the attention-block checkpoints. Key:
/// <c>tenant/concept</c>. Every command may be repeated.
/// </summary>
/// <remarks>
/// Whatever waits for a job's turn interleaves: a job that reports a checkpoint waits for the concept's
/// turn, and neither may wait for the other.
/// </remarks>
[Alias("vico.IConceptGrain")]
public interface IConceptGrain : IGrainWithStringKey
{
    /// <summary>
    /// Creates the concept; again with the same name and init words changes nothing, with others is <see cref="Outcome.Conflict"/>.
    /// </summary>
    [Alias("Create"), Needs(Grants.ConceptsWrite)] Task<Outcome> Create(ConceptSpec spec);

    /// <summary>Changes what is given and leaves the rest.</summary>
    [Alias("Change"), Needs(Grants.ConceptsWrite)] Task<ChangeResult> Change(ConceptChange change);

    /// <summary>The concept, or null when it was never created or is deleted.</summary>
    [Alias("Get"), Needs(Grants.AnyWork | Grants.UsageRead), AlwaysInterleave] Task<ConceptView?> Get();

    /// <summary>
    /// Adds a checked photo whose bytes lie in its blob already; a photo with the same id changes nothing. A photo shows one object: for
    /// another it is <see cref="Outcome.Conflict"/>.
    /// </summary>
    [Alias("AddPhoto"), Needs(Grants.ConceptsWrite)] Task<Outcome> AddPhoto(Photo photo);

    /// <summary>Removes a photo. Its blob goes with it, or with the last job under way that needs it.</summary>
    [Alias("RemovePhoto"), Needs(Grants.ConceptsWrite)] Task<Outcome> RemovePhoto(string photoId);

    /// <summary>Starts a training as job <paramref name="jobId"/> over the photos of now; every object needs some.</summary>
    /// <param name="origin">What to go on from; null: a run of its own, from the start.</param>
    [Alias("Train"), Needs(Grants.ConceptsWrite), AlwaysInterleave]
    Task<SubmitResult> Train(string jobId, TrainingSettings settings, TrainingOrigin? origin = null,
        string? user = null);

    /// <summary>Draws pictures as job <paramref name="jobId"/>.</summary>
    /// <param name="previews">How often the first picture is shown while it is drawn.</param>
    [Alias("Sample"), Needs(Grants.ImagesWrite), AlwaysInterleave]
    Task<SubmitResult> Sample(string jobId, SamplingSettings settings, string? user = null,
        int previews = 0);

    /// <summary>
    /// Draws one picture of job <paramref name="ofJob"/> again as job <paramref name="jobId"/>, by that job's own settings.
    /// </summary>
    /// <param name="pixels">As in <see cref="Rerun"/>.</param>
    [Alias("Rerun"), Needs(Grants.ImagesWrite), AlwaysInterleave]
    Task<SubmitResult> Rerun(string jobId, string ofJob, int index, string pixels, string? user = null);

    /// <summary>Its runs, newest first.</summary>
    [Alias("GetRuns"), Needs(Grants.AnyWork), AlwaysInterleave] Task<IReadOnlyList<Run>?> GetRuns();

    /// <summary>The checkpoint that a choice means now (null: the default), or null.</summary>
    [Alias("FindCheckpoint"), Needs(Grants.AnyWork), AlwaysInterleave] Task<Checkpoint?> FindCheckpoint(CheckpointChoice? choice);

    /// <summary>Called by the training's job: a checkpoint of <paramref name="attempt"/> lies in its blob.</summary>
    [Alias("AddCheckpoint"), Needs(Grants.None)] Task<Outcome> AddCheckpoint(string jobId, int attempt, Checkpoint checkpoint);

    /// <summary>
    /// Called by a training's job before anyone sees it ended. A finished run becomes the default, unless somebody chose one.
    /// </summary>
    /// <param name="resume">Where more steps would go on, if anything is kept for it.</param>
    [Alias("EndTraining"), Needs(Grants.None)] Task<Outcome> EndTraining(string jobId, JobState how, ResumeBlob? resume);

    /// <summary>Called by each job of the concept when it has ended: what only it still needed goes.</summary>
    [Alias("JobEnded"), Needs(Grants.None)] Task JobEnded(string jobId);

    /// <summary>Names a run, or one of its checkpoints; null takes the name away.</summary>
    [Alias("Label"), Needs(Grants.ConceptsWrite)] Task<Outcome> Label(string runId, int? step, string? label);

    /// <summary>Deletes one checkpoint. Not while a job needs it.</summary>
    [Alias("RemoveCheckpoint"), Needs(Grants.ConceptsWrite)] Task<ChangeResult> RemoveCheckpoint(string runId, int step);

    /// <summary>
    /// Deletes a run with its jobs and checkpoints, ending what is under way. Not while another job needs something of it.
    /// </summary>
    [Alias("RemoveRun"), Needs(Grants.ConceptsWrite | Grants.JobsWrite), AlwaysInterleave] Task<ChangeResult> RemoveRun(string runId);

    /// <summary>Deletes the concept, its jobs and all their blobs.</summary>
    [Alias("Delete"), Needs(Grants.ConceptsWrite), AlwaysInterleave] Task<Outcome> Delete();
}
