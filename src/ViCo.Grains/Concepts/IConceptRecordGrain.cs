using Orleans.Concurrency;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Concepts;

/// <summary>The concept's own turns, for its interleaving commands: they change the record as everyone else does, one at a time.</summary>
[Alias("vico.IConceptRecordGrain")]
internal interface IConceptRecordGrain : IGrainWithStringKey
{
    /// <summary>Notes a training before its job exists: from now on it owns its photos. Again: the run that was noted.</summary>
    [Alias("BeginTraining"), Needs(Grants.None)]
    Task<RunStart> BeginTraining(string jobId, TrainingSettings settings, TrainingOrigin? origin, string? user);

    /// <summary>The training never came to be: its job's id is taken.</summary>
    [Alias("ForgetTraining"), Needs(Grants.None)] Task ForgetTraining(string jobId);

    /// <summary>From now on the run is gone for everybody.</summary>
    [Alias("BeginRemoveRun"), Needs(Grants.None)] Task<ChangeResult> BeginRemoveRun(string runId);

    /// <summary>The jobs of a deleted run are erased.</summary>
    [Alias("EndRemoveRun"), Needs(Grants.None)] Task EndRemoveRun(IReadOnlyList<string> jobIds);

    /// <summary>Whether the concept's deletion has begun: nothing of it is shown any more.</summary>
    [Alias("IsBeingDeleted"), Needs(Grants.None), AlwaysInterleave] Task<bool> IsBeingDeleted();

    /// <summary>Deletes the blobs that have left the concept and that no job needs any more.</summary>
    [Alias("DropLeaving"), Needs(Grants.None)] Task DropLeaving();

    /// <summary>Ends what a crash left half done; with nothing left, the note of it goes.</summary>
    [Alias("Tidy"), Needs(Grants.None), AlwaysInterleave] Task Tidy();

    /// <summary>From now on the concept is gone for everybody. False: it was not there.</summary>
    [Alias("BeginDelete"), Needs(Grants.None)] Task<bool> BeginDelete();

    /// <summary>Forgets the record.</summary>
    [Alias("EndDelete"), Needs(Grants.None)] Task EndDelete();
}
