namespace ViCo.Grains.Concepts;

/// <summary>The concept's own turns, for its interleaving commands: they change the record as everyone else does, one at a time.</summary>
[Alias("vico.IConceptRecordGrain")]
internal interface IConceptRecordGrain : IGrainWithStringKey
{
    /// <summary>Notes the newest training.</summary>
    [Alias("NoteTraining")] Task NoteTraining(string jobId);

    /// <summary>From now on the concept is gone for everybody. False: it was not there.</summary>
    [Alias("BeginDelete")] Task<bool> BeginDelete();

    /// <summary>Forgets the record.</summary>
    [Alias("EndDelete")] Task EndDelete();
}
