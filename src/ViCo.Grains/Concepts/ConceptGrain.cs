using Microsoft.Extensions.DependencyInjection;
using ViCo.Grains.Clustering;
using ViCo.Grains.Feeds;
using ViCo.Grains.Indexes;
using ViCo.Grains.Jobs;
using ViCo.Grains.Quotas;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Concepts;

/// <summary>Gives <see cref="ConceptMachine"/> durability, and does what a change asks of jobs, indexes and blobs.</summary>
[ControlSilos]
internal sealed partial class ConceptGrain(
    [PersistentState("concept")] IPersistentState<Saved<ConceptRecord>> stored, IBlobStore blobs, Choices choices,
    ConceptsHere here, [FromKeyedServices(GrainHosting.ClockKey)] TimeProvider clock)
    : Grain, IConceptGrain, IConceptRecordGrain, ITenantOwned
{
    private readonly DurableState<ConceptRecord> _record = new(stored);
    private TenantId _tenant;
    private string _id = "";
    private FeedVoice _feed = null!;
    private JobsUnderWay _underWay = null!;
    private ConceptSight _sight = null!;

    /// <summary>The concept as its users see it: gone from the moment its deletion begins.</summary>
    private ConceptRecord? Concept => _record.Value is { Deleting: false } concept ? concept : null;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        _tenant = TenantId.OfKey(key);
        _id = key[(_tenant.Value.Length + 1)..];
        (_record.Written, _record.AskedInVain) = (Tell, DeactivateOnIdle);
        _sight = new(_id, _record);
        _feed = new(GrainFactory, _tenant);
        _underWay = new(GrainFactory, _tenant, _id);
        if (!_record.Load()) return;
        if (Concept is { Runs: null } old)
        {
            var runs = await new FormerRuns(blobs, GrainFactory, _tenant, _id).FindAsync(old);
            await _record.ChangeAsync(concept => (concept is { Runs: null } ? ConceptMachine.WithRuns(concept, runs) : concept, true));
        }
        if (_record.Value is { } found && ConceptMachine.IsUntidy(found)) this.AsReference<IConceptRecordGrain>().Tidy().Ignore();
        here.Enter(key, _sight);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        here.Leave(this.GetPrimaryKeyString(), _sight);
        return Task.CompletedTask;
    }

    public async Task<Outcome> Create(ConceptSpec spec)
    {
        if (_record.Value is { } known)
            return !known.Deleting && ConceptMachine.IsOf(known, spec) ? Outcome.Done : Outcome.Conflict;

        // Indexed first: a concept that exists can be found. The index may name one that never came to be.
        await IndexAsync(spec.Created, spec.User, spec.Tags);
        return await _record.ChangeAsync(concept => concept is null
            ? (ConceptMachine.Create(spec), Outcome.Done)
            : (concept, ConceptMachine.IsOf(concept, spec) ? Outcome.Done : Outcome.Conflict));
    }

    public Task<ConceptView?> Get() => Task.FromResult(_sight.Look());

    public async Task<ChangeResult> Change(ConceptChange change)
    {
        var result = await _record.ChangeAsync(concept =>
            concept is null or { Deleting: true } ? (concept, Gone()) : ConceptMachine.Change(_id, concept, change));
        if (result.Outcome == Outcome.Done && change.Tags is not null && Concept is { } c) await IndexAsync(c.Created, c.User, c.Tags);
        return result;
    }

    public Task<Outcome> AddPhoto(Photo photo) => ChangeAsync(concept => ConceptMachine.AddPhoto(concept, photo));

    public async Task<Outcome> RemovePhoto(string photoId)
    {
        if (Concept?.Photos.FirstOrDefault(p => p.Id == photoId) is not { } photo) return Outcome.NotFound;
        await NoteDeletionAsync();
        string[] needed = [.. (await _underWay.FindAsync(Concept!)).Where(job => job.Blobs.Contains(photo.Blob)).Select(job => job.Id)];
        var outcome = await ChangeAsync(concept => ConceptMachine.RemovePhoto(concept, photoId, needed));
        await DropLeaving();
        return outcome;
    }

    public async Task<SubmitResult> Train(string jobId, TrainingSettings settings, TrainingOrigin? origin, string? user)
    {
        var record = this.AsReference<IConceptRecordGrain>();
        var start = await record.BeginTraining(jobId, settings, origin, user);
        if (start.Run is not { } run) return new(null, start.Problem, start.NotFound is not null, start.NotFound);

        var photos = run.InitWords.Select((word, k) =>
            new ObjectToLearn(word, [.. run.Photos.Where(p => p.ObjectIndex == k).Select(p => p.Blob)])).ToArray();
        var spec = new TrainingJob(
            _id, clock.GetUtcNow(), photos[0].InitWord, photos[0].PhotoBlobs, run.Id == jobId ? settings : run.Settings
                ?? settings, photos.Length == 1 ? null : photos[1..])
        {
            User = user, Photos = PhotosOf(run.Photos), Run = run.Id == jobId ? null : run.Id, From = start.From,
            Branches = run.Parent is not null && run.Id == jobId,
            BaseDigest = start.From is { } from ? BaseOf(from) : null,
        };
        var result = await SubmitAsync(jobId, spec);
        if (result.Job is null && start.IsNew) await record.ForgetTraining(jobId);
        return result;
    }

    public async Task<SubmitResult> Sample(string jobId, SamplingSettings settings, string? user, int previews)
    {
        var known = await choices.OfDrawingsAsync();
        var (loras, missing) = await LorasOfDrawing.FindAsync(settings.Loras, _tenant, GrainFactory);
        // From here on nothing is waited for until it is noted what it draws with.
        if (Concept is not { } concept) return Missing();
        var (spec, problem) = SamplingResolution.Resolve(_id, concept, settings, known, clock.GetUtcNow());
        return (spec is null ? problem : missing)
            ?? await DrawAsync(jobId, concept, spec! with { User = user, Previews = previews, Loras = loras });
    }

    public async Task<SubmitResult> Rerun(string jobId, string ofJob, int index, string pixels, string? user)
    {
        if (Concept is null) return Missing();
        if (await Job(ofJob).GetSpec() is not SamplingJob before || await Job(ofJob).Get() is not { } view)
            return new(null, $"There is no picture '{ImageId.Of(ofJob, index)}'.", NotFound: true, "image");
        var known = await choices.OfDrawingsAsync();
        if (Concept is not { } concept) return Missing();
        if (before.CheckpointBlob is { } blob && concept.Runs!.All(r => r.Checkpoints.All(c => c.Blob != blob)))
            return new(null, $"The checkpoint that picture '{ImageId.Of(ofJob, index)}' was drawn with is deleted.", NotFound: true,
                "checkpoint");
        if (before.ReferenceBlobs.Any(name => concept.Photos.All(p => p.Blob != name)))
            return new(null, $"A reference photo of picture '{ImageId.Of(ofJob, index)}' is deleted.", NotFound: true, "photo");

        // A former version stored settings with open values: they are filled in now.
        var settings = SamplingResolution.Settled(
            before.Settings, known.Options, SamplingResolution.ModelOf(concept, before.CheckpointBlob, known.Models));
        return await DrawAsync(jobId, concept, before with
        {
            Submitted = clock.GetUtcNow(), User = user, Settings = settings, Asked = before.Settings,
            PerPass = before.PerPass > 0 ? before.PerPass : SamplingJob.DefaultPerPass,
            Rerun = new(ImageId.Of(ofJob, index), index, pixels, view.Maker),
        });
    }

    public Task<IReadOnlyList<Run>?> GetRuns() =>
        Task.FromResult<IReadOnlyList<Run>?>(Concept is { } concept ? [.. concept.Runs!.Reverse()] : null);

    public Task<Checkpoint?> FindCheckpoint(CheckpointChoice? choice) =>
        Task.FromResult(choice is null ? Concept?.DefaultCheckpoint : Concept?.Find(choice));

    public Task<Outcome> AddCheckpoint(string jobId, int attempt, Checkpoint checkpoint) =>
        ChangeAsync(concept => ConceptMachine.AddCheckpoint(concept, jobId, attempt, checkpoint));

    public Task<Outcome> EndTraining(string jobId, JobState how, ResumeBlob? resume) =>
        ChangeAsync(concept => ConceptMachine.EndTraining(concept, jobId, how, resume));

    public async Task JobEnded(string jobId)
    {
        if (Concept is not { Leaving.Count: > 0 }) return;
        await ChangeAsync(concept => ConceptMachine.Release(concept, [jobId]));
        await DropLeaving();
    }

    public Task<Outcome> Label(string runId, int? step, string? label) =>
        ChangeAsync(concept => ConceptMachine.Label(concept, runId, step, label));

    public async Task<ChangeResult> RemoveCheckpoint(string runId, int step)
    {
        if (Concept is null) return Gone();
        if (Concept.RunOf(runId) is not { } run) return NoRun(runId);
        if (run.Find(step) is not { } checkpoint) return new(Outcome.NotFound, $"Run '{runId}' has no checkpoint of step {step}.",
            "checkpoint");
        if ((await _underWay.FindAsync(Concept)).FirstOrDefault(job => job.Blobs.Contains(checkpoint.Blob)).Id is { } job)
            return new(Outcome.Conflict, $"Checkpoint {runId}:{step} is needed by job '{job}'; wait for it or cancel it.", "in_use");
        await NoteDeletionAsync();
        await ChangeAsync(concept => ConceptMachine.RemoveCheckpoint(concept, runId, step));
        await DropLeaving();
        return new(Outcome.Done);
    }

    public async Task<ChangeResult> RemoveRun(string runId)
    {
        if (Concept is null) return Gone();
        if (Concept.RunOf(runId) is not { } run) return NoRun(runId);
        string[] own = [.. run.Jobs.Select(PrefixOf)];
        bool IsOwn(string blob) => own.Any(prefix => blob.StartsWith(prefix, StringComparison.Ordinal));
        var others = (await _underWay.FindAsync(Concept)).Where(job => !run.Jobs.Contains(job.Id));
        if (others.FirstOrDefault(job => job.Blobs.Any(IsOwn)).Id is { } needing)
            return new(Outcome.Conflict, $"Run '{runId}' is needed by job '{needing}'; wait for it or cancel it.", "in_use");
        var record = this.AsReference<IConceptRecordGrain>();
        var begun = await record.BeginRemoveRun(runId);
        if (begun.Outcome == Outcome.Done) await EraseAsync(run.Jobs);
        return begun;
    }

    public async Task<RunStart> BeginTraining(string jobId, TrainingSettings settings, TrainingOrigin? origin, string? user)
    {
        var now = clock.GetUtcNow();
        return await _record.ChangeAsync(concept => concept is null or { Deleting: true }
            ? (concept, new RunStart(null, NotFound: "concept", Problem: $"There is no concept '{_id}'."))
            : ConceptMachine.BeginTraining(_id, concept, new(jobId, settings, choices.Options.Training, origin, user, now)));
    }

    public Task ForgetTraining(string jobId) => ChangeAsync(concept => ConceptMachine.ForgetTraining(concept, jobId));

    private void Tell(ConceptRecord? before, ConceptRecord? after)
    {
        var changes = ChangesBetween.Concepts(_id, before, after);
        if (changes.Count > 0) _feed.Tell(changes);
    }

    /// <summary>The base model that a resume point was learned on: that of its job's checkpoints.</summary>
    private string? BaseOf(ResumeBlob point) => Concept?.Runs!
        .Where(run => run.Jobs.Any(job => point.Blob.StartsWith(PrefixOf(job), StringComparison.Ordinal)))
        .SelectMany(run => run.Checkpoints).LastOrDefault(c => c.BaseDigest is not null)?.BaseDigest;

    private IIndexGrain Concepts => GrainFactory.GetGrain<IIndexGrain>(IndexKeys.Concepts(_tenant));

    private IJobGrain Job(string jobId) => GrainFactory.GetGrain<IJobGrain>(_tenant.Key(jobId));

    private string PrefixOf(string jobId) => $"{BlobNames.Jobs(_tenant, _id)}{jobId}/";

    private Task IndexAsync(DateTimeOffset created, string? user, IReadOnlyList<string> tags) =>
        Concepts.Put(new(created, _id, User: user, Tags: tags.Count == 0 ? null : tags));

    /// <summary>Submits a drawing whose photos and checkpoint were there in this very moment.</summary>
    private async Task<SubmitResult> DrawAsync(string jobId, ConceptRecord concept, SamplingJob spec)
    {
        _underWay.Expect(jobId, spec);
        try
        {
            return await SubmitAsync(jobId, spec with
            {
                Photos = PhotosOf([.. concept.Photos.Where(p => spec.ReferenceBlobs.Contains(p.Blob))]),
            });
        }
        finally
        {
            _underWay.Came(jobId);
        }
    }

    private static Dictionary<string, WorkPhoto> PhotosOf(IReadOnlyList<Photo> photos) =>
        photos.ToDictionary(p => p.Blob, p => new WorkPhoto(p.Name, p.Digest));

    private async Task<SubmitResult> SubmitAsync(string jobId, JobSpec spec)
    {
        var demand = JobDemand.Of(jobId, spec, await choices.ModelOfAsync(spec));
        if (await GrainFactory.GetGrain<IQuotaGrain>(_tenant.Value).Admit(demand) is { } refusal && await Job(jobId).Get() is null)
            return new(null, $"The quota '{refusal.Limit}' does not allow it.") { Quota = refusal };
        // Deletion finds the concept's jobs by what lies under their names.
        await blobs.WriteAsync(BlobNames.Submitted(_tenant, _id, jobId), ReadOnlyMemory<byte>.Empty);
        var result = await Job(jobId).Submit(spec);
        if (Concept is not null) return result;
        // Its deletion began meanwhile, and may have missed the job.
        await Job(jobId).Erase();
        return Missing();
    }

    private ChangeResult Gone() => new(Outcome.NotFound, $"There is no concept '{_id}'.", "concept");

    private ChangeResult NoRun(string runId) => new(Outcome.NotFound, $"Concept '{_id}' has no run '{runId}'.", "run");

    private SubmitResult Missing() => new(null, $"There is no concept '{_id}'.", NotFound: true, "concept");

    private Task<Outcome> ChangeAsync(Func<ConceptRecord, (ConceptRecord, Outcome)> command) => _record.ChangeAsync<Outcome>(concept =>
        concept is null or { Deleting: true } ? (concept, Outcome.NotFound) : command(concept));
}
