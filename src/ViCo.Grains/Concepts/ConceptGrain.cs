using Microsoft.Extensions.DependencyInjection;
using ViCo.Grains.Clustering;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Concepts;

[ControlSilos]
internal sealed class ConceptGrain(
    [PersistentState("concept")] IPersistentState<Saved<ConceptRecord>> stored, IBlobStore blobs,
    [FromKeyedServices(GrainHosting.ClockKey)] TimeProvider clock)
    : Grain, IConceptGrain, IConceptRecordGrain, ITenantOwned
{
    private const int MaxPhotos = 30;

    private readonly DurableState<ConceptRecord> _record = new(stored);
    private TenantId _tenant;
    private string _id = "";

    /// <summary>The concept as its users see it: gone from the moment its deletion begins.</summary>
    private ConceptRecord? Concept => _record.Value is { Deleting: false } concept ? concept : null;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        _tenant = TenantId.OfKey(key);
        _id = key[(_tenant.Value.Length + 1)..];
        _record.Load();
        return Task.CompletedTask;
    }

    public async Task<Outcome> Create(ConceptSpec spec)
    {
        if (_record.Value is { } known)
            return !known.Deleting && IsOf(known, spec) ? Outcome.Done : Outcome.Conflict;

        // Indexed first: a concept that exists can be found. The index may name one that never came to be.
        await GrainFactory.GetGrain<ITenantGrain>(_tenant.Value).Register(IndexKind.Concept, _id, spec.Created);
        return await _record.ChangeAsync(concept => concept is null
            ? (new ConceptRecord { Name = spec.Name, InitWord = spec.InitWord, OtherInitWords = spec.OtherInitWords, Created = spec.Created }, Outcome.Done)
            : (concept, IsOf(concept, spec) ? Outcome.Done : Outcome.Conflict));
    }

    public Task<ConceptView?> Get() => Task.FromResult(Concept is { } c
        ? new ConceptView(_id, c.Name, c.InitWord, c.Created, c.Photos, c.Checkpoints, c.DefaultStep, c.TrainingJob, c.OtherInitWords) : null);

    public Task<Outcome> AddPhoto(Photo photo) => ChangeAsync(concept =>
        concept.Photos.FirstOrDefault(p => p.Id == photo.Id) is { } known ? (concept, known.ObjectIndex == photo.ObjectIndex ? Outcome.Done : Outcome.Conflict)
        : photo.ObjectIndex >= concept.InitWords.Count || concept.Photos.Count(p => p.ObjectIndex == photo.ObjectIndex) >= MaxPhotos ? (concept, Outcome.Conflict)
        : (concept with { Photos = [.. concept.Photos, photo] }, Outcome.Done));

    public async Task<Outcome> RemovePhoto(string photoId)
    {
        if (Concept is null) return Outcome.NotFound;
        var blob = Concept.Photos.FirstOrDefault(p => p.Id == photoId)?.Blob;
        var outcome = await ChangeAsync(concept => concept.Photos.Any(p => p.Id == photoId)
            ? (concept with { Photos = [.. concept.Photos.Where(p => p.Id != photoId)] }, Outcome.Done)
            : (concept, Outcome.NotFound));
        if (blob is not null) await blobs.DeleteAsync(blob);
        return outcome;
    }

    public async Task<SubmitResult> Train(string jobId, TrainingSettings settings)
    {
        if (Concept is not { } concept) return Missing();
        ObjectToLearn[] objects = [.. concept.InitWords.Select((word, k) => new ObjectToLearn(word, [.. concept.Photos.Where(p => p.ObjectIndex == k).Select(p => p.Blob)]))];
        if (Array.FindIndex(objects, o => o.PhotoBlobs.Count == 0) is >= 0 and var bare)
        {
            var whose = objects.Length == 1 ? $"Concept '{_id}'" : $"Object {bare + 1} ('{objects[bare].InitWord}') of concept '{_id}'";
            return new(null, $"{whose} has no photos; 4 to 7 work best.");
        }

        var spec = new TrainingJob(
            _id, clock.GetUtcNow(), objects[0].InitWord, objects[0].PhotoBlobs, settings, objects.Length == 1 ? null : objects[1..]);
        var result = await SubmitAsync(jobId, spec);
        if (result.Job is not null) await this.AsReference<IConceptRecordGrain>().NoteTraining(jobId);
        return result;
    }

    public async Task<SubmitResult> Sample(string jobId, SamplingSettings settings)
    {
        if (Concept is not { } concept) return Missing();
        if (settings.Count is < 1 or > 16) return new(null, $"{settings.Count} pictures were asked for; wanted 1 to 16.");
        if ((settings.Checkpoint ?? concept.DefaultStep) is not { } step)
            return new(null, $"Concept '{_id}' has no checkpoint yet: train it first.");
        if (concept.Checkpoints.FirstOrDefault(c => c.Step == step) is not { } checkpoint)
            return new(null, $"Concept '{_id}' has no checkpoint of step {step}.", NotFound: true);

        List<Photo> references = [];
        foreach (var photoId in settings.References)
        {
            if (concept.Photos.FirstOrDefault(p => p.Id == photoId) is not { } photo)
                return new(null, $"Concept '{_id}' has no photo '{photoId}'.", NotFound: true);
            references.Add(photo);
        }
        foreach (var index in ObjectsOf(settings.Prompt, concept.InitWords.Count))
        {
            if (references.All(p => p.ObjectIndex != index) && concept.Photos.FirstOrDefault(p => p.ObjectIndex == index) is { } first) references.Add(first);
        }
        return await SubmitAsync(jobId, new SamplingJob(
            _id, clock.GetUtcNow(), checkpoint.Blob, checkpoint.Digest, [.. references.Select(p => p.Blob)], settings,
            concept.InitWords.Count == 1 ? null : [.. references.Select(p => p.ObjectIndex + 1)]));
    }

    public Task<Outcome> AddCheckpoint(string jobId, int attempt, Checkpoint checkpoint) => ChangeAsync(concept =>
    {
        if (concept.Checkpoints.Any(c => c.JobId == jobId && c.Step == checkpoint.Step && c.Blob == checkpoint.Blob)) return (concept, Outcome.Done);
        if (attempt < concept.Attempts.GetValueOrDefault(jobId)) return (concept, Outcome.Conflict);
        return (concept with
        {
            Checkpoints = [.. concept.Checkpoints.Where(c => c.Step != checkpoint.Step).Append(checkpoint).OrderBy(c => c.Step)],
            Attempts = new Dictionary<string, int>(concept.Attempts) { [jobId] = attempt },
            DefaultStep = checkpoint.Step,
        }, Outcome.Done);
    });

    public Task<Outcome> ChooseCheckpoint(int step) => ChangeAsync(concept =>
        concept.DefaultStep == step ? (concept, Outcome.Done)
        : concept.Checkpoints.Any(c => c.Step == step) ? (concept with { DefaultStep = step }, Outcome.Done)
        : (concept, Outcome.NotFound));

    public async Task<Outcome> Delete()
    {
        var record = this.AsReference<IConceptRecordGrain>();
        if (!await record.BeginDelete()) return Outcome.NotFound;

        var jobs = BlobNames.Jobs(_tenant, _id);
        HashSet<string> jobIds = [];
        await foreach (var blob in blobs.ListAsync(jobs)) jobIds.Add(blob.Name[jobs.Length..].Split('/')[0]);
        foreach (var jobId in jobIds) await GrainFactory.GetGrain<IJobGrain>(_tenant.Key(jobId)).Erase();

        await foreach (var blob in blobs.ListAsync(BlobNames.Concept(_tenant, _id))) await blobs.DeleteAsync(blob.Name);
        await GrainFactory.GetGrain<ITenantGrain>(_tenant.Value).Unregister(IndexKind.Concept, _id);
        await record.EndDelete();
        return Outcome.Done;
    }

    public Task NoteTraining(string jobId) => ChangeAsync(concept =>
        (concept.TrainingJob == jobId ? concept : concept with { TrainingJob = jobId }, Outcome.Done));

    public Task<bool> BeginDelete() => _record.ChangeAsync(concept =>
        concept is null ? (concept, false) : (concept.Deleting ? concept : concept with { Deleting = true }, true));

    public async Task EndDelete()
    {
        await _record.ChangeAsync(_ => ((ConceptRecord?)null, true));
        DeactivateOnIdle();
    }

    private static bool IsOf(ConceptRecord concept, ConceptSpec spec) => concept.Name == spec.Name && concept.InitWords.SequenceEqual(spec.InitWords);

    /// <summary>The objects, from 0, that a prompt names as the engine reads it; all where it names none.</summary>
    private static int[] ObjectsOf(string prompt, int objects)
    {
        int[] all = [.. Enumerable.Range(0, objects)];
        int[] named = [.. all.Where(k => prompt.Contains($"<{k + 1}>", StringComparison.Ordinal) || prompt.Contains($"S{k + 1}*", StringComparison.Ordinal))];
        return named.Length > 0 ? named : all;
    }

    private async Task<SubmitResult> SubmitAsync(string jobId, JobSpec spec)
    {
        // Deletion finds the concept's jobs by what lies under their names.
        await blobs.WriteAsync($"{BlobNames.Jobs(_tenant, _id)}{jobId}/submitted", ReadOnlyMemory<byte>.Empty);
        return await GrainFactory.GetGrain<IJobGrain>(_tenant.Key(jobId)).Submit(spec);
    }

    private SubmitResult Missing() => new(null, $"There is no concept '{_id}'.", NotFound: true);

    private Task<Outcome> ChangeAsync(Func<ConceptRecord, (ConceptRecord, Outcome)> command) => _record.ChangeAsync<Outcome>(concept =>
        concept is null or { Deleting: true } ? (concept, Outcome.NotFound) : command(concept));
}
