using ViCo.Grains.Indexes;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Concepts;

/// <remarks>
/// Deletions. Each is noted in the store, then said in the record, from where it goes on until nothing is left: whoever crashes on the way
/// is found by the note.
/// </remarks>
internal sealed partial class ConceptGrain
{
    // Whoever asks for a deletion waits so long for the last blob; it goes on anyway.
    private static readonly TimeSpan DeletionIsAwaited = TimeSpan.FromSeconds(20);

    private Task<Outcome>? _deletion;

    public async Task<Outcome> Delete()
    {
        // Others that ask meanwhile, or tidy up after a crash, wait for the same deletion.
        try
        {
            return await (_deletion ??= DeleteOnceAsync()).WaitAsync(DeletionIsAwaited, clock);
        }
        catch (TimeoutException) when (_record.Value is { Deleting: true })
        {
            return Outcome.Done;
        }
    }

    private async Task<Outcome> DeleteOnceAsync()
    {
        try
        {
            return await DeleteAsync();
        }
        finally
        {
            _deletion = null;
        }
    }

    private async Task<Outcome> DeleteAsync()
    {
        var record = this.AsReference<IConceptRecordGrain>();
        if (!await record.BeginDelete()) return Outcome.NotFound;

        var jobs = BlobNames.Jobs(_tenant, _id);
        HashSet<string> jobIds = [];
        await foreach (var blob in blobs.ListAsync(jobs)) jobIds.Add(blob.Name[jobs.Length..].Split('/')[0]);
        foreach (var jobId in jobIds) await EraseAsync(jobId);

        var created = _record.Value?.Created;
        await GrainFactory.GetGrain<IIndexGrain>(IndexKeys.Jobs(_tenant, _id)).Drop();
        await foreach (var blob in blobs.ListAsync(BlobNames.Concept(_tenant, _id))) await blobs.DeleteAsync(blob.Name);
        if (created is { } at) await Concepts.Remove(at, _id);
        await record.EndDelete();
        return Outcome.Done;
    }

    public async Task<ChangeResult> BeginRemoveRun(string runId)
    {
        await NoteDeletionAsync();
        return await _record.ChangeAsync(concept => concept is null or { Deleting: true } ? (concept, Gone())
            : concept.RunOf(runId) is null ? (concept, NoRun(runId))
            : (ConceptMachine.RemoveRun(concept, runId), new ChangeResult(Outcome.Done)));
    }

    public async Task EndRemoveRun(IReadOnlyList<string> jobIds)
    {
        await ChangeAsync(concept => (concept with { Erasing = [.. concept.Erasing.Except(jobIds)] }, Outcome.Done));
        await ForgetDeletionAsync();
    }

    public async Task Tidy()
    {
        var reference = this.AsReference<IConceptGrain>();
        if (_record.Value is { Deleting: true }) await reference.Delete();
        if (Concept is { Erasing: { Count: > 0 } erasing }) await EraseAsync(erasing);

        foreach (var run in (Concept?.Runs ?? []).Where(r => r.Ended is null))
        {
            var job = await Job(run.NewestJob).Get();
            // Cancelling a job that has ended does not change it, and repeats the calls that it makes to others at its end.
            if (job is { State: JobState.Failed or JobState.Canceled }) await Job(run.NewestJob).Cancel();
            else if (job is not { Ended: null }) await reference.EndTraining(run.NewestJob, job?.State ?? JobState.Canceled, run.Resume);
        }
        foreach (var jobId in (Concept?.Leaving ?? []).SelectMany(l => l.Jobs).Distinct())
        {
            if (await Job(jobId).Get() is not { Ended: null }) await reference.JobEnded(jobId);
        }
        await this.AsReference<IConceptRecordGrain>().DropLeaving();
    }

    public async Task DropLeaving()
    {
        string[] gone = [.. (Concept?.Leaving ?? []).Where(l => l.Jobs.Count == 0).Select(l => l.Blob)];
        // Blobs go first: those that are listed as leaving are looked for again after a crash.
        foreach (var blob in gone)
        {
            await blobs.DeleteAsync(blob);
            await foreach (var copy in blobs.ListAsync(BlobNames.Thumbnails(blob))) await blobs.DeleteAsync(copy.Name);
        }
        if (gone.Length > 0) await ChangeAsync(concept => ConceptMachine.DropLeaving(concept, gone));
        await ForgetDeletionAsync();
    }

    public async Task<bool> BeginDelete()
    {
        if (_record.Value is not null) await NoteDeletionAsync();
        return await _record.ChangeAsync(concept =>
            concept is null ? (concept, false) : (concept.Deleting ? concept : concept with { Deleting = true }, true));
    }

    public async Task EndDelete()
    {
        await _record.ChangeAsync(concept => (concept is { Deleting: true } ? null : concept, true));
        await ForgetDeletionAsync();
    }

    public Task<bool> IsBeingDeleted() => Task.FromResult(_record.Value is { Deleting: true });

    /// <summary>Written in the turn that then says in the record what goes: <see cref="Upkeep.DeletionSweep"/> finds it by this.</summary>
    private async Task NoteDeletionAsync() =>
        await blobs.WriteAsync(BlobNames.DeletionOfConcept(_tenant, _id), ReadOnlyMemory<byte>.Empty);

    private async Task ForgetDeletionAsync()
    {
        if (_record.Value is null or { Deleting: false, Erasing.Count: 0, Leaving.Count: 0 })
            await blobs.DeleteAsync(BlobNames.DeletionOfConcept(_tenant, _id));
    }

    /// <summary>A job whose record does not read cannot erase itself; its entry in the tenant's list is left to a repair.</summary>
    private async Task EraseAsync(string jobId)
    {
        try
        {
            await Job(jobId).Erase();
        }
        catch (DamagedBlobException e)
        {
            await blobs.DeleteAsync(e.Blob);
            await foreach (var blob in blobs.ListAsync(PrefixOf(jobId))) await blobs.DeleteAsync(blob.Name);
        }
    }

    private async Task EraseAsync(IReadOnlyList<string> jobIds)
    {
        foreach (var jobId in jobIds) await EraseAsync(jobId);
        await this.AsReference<IConceptRecordGrain>().EndRemoveRun(jobIds);
    }
}
