using ViCo.Grains.Jobs;
using ViCo.Options;

namespace ViCo.Grains.Concepts;

/// <summary>What may happen to a concept, as pure functions from one record to the next. The same record back: nothing changes.</summary>
internal static class ConceptMachine
{
    private const int MaxPhotos = 30;

    public static ConceptRecord Create(ConceptSpec spec) => new()
    {
        Name = spec.Name, InitWord = spec.InitWord, OtherInitWords = spec.OtherInitWords, Created = spec.Created,
        User = spec.User, Tags = spec.Tags, Metadata = spec.Metadata, Runs = [],
    };

    public static bool IsOf(ConceptRecord concept, ConceptSpec spec) => concept.Name == spec.Name
        && concept.InitWords.SequenceEqual(spec.InitWords);

    public static ConceptView View(string id, ConceptRecord c) => new(
        id, c.Name, c.InitWord, c.Created, c.Photos, ByStep(c), c.DefaultCheckpoint?.Step, c.Runs is [.., var newest] ? newest.NewestJob
            : null, c.OtherInitWords)
    {
        DefaultRun = c.DefaultCheckpoint?.Run,
        Pinned = c.Pinned,
        User = c.User,
        Tags = c.Tags,
        Metadata = c.Metadata,
        StoredBytes = c.Photos.Sum(p => p.Bytes) + c.Leaving.Sum(l => l.Bytes) + c.Runs!.Sum(r => r.Checkpoints.Sum(p => p.Bytes)),
        Runs = c.Runs!.Count,
    };

    public static (ConceptRecord Next, ChangeResult Result) Change(string id, ConceptRecord concept, ConceptChange change)
    {
        if (change.InitWords is { } words && !words.SequenceEqual(concept.InitWords))
        {
            if (words.Count != concept.InitWords.Count)
                return Refuse(Outcome.Conflict, "not_possible_now",
                    $"Concept '{id}' has {concept.InitWords.Count} objects; {words.Count} init words came.");
            if (concept.Runs!.Count > 0)
                return Refuse(Outcome.Conflict, "trained_already",
                    $"Concept '{id}' was trained with its init words; what it learned starts from them.");
            concept = concept with { InitWord = words[0], OtherInitWords = words.Count == 1 ? null : [.. words.Skip(1)] };
        }
        if (change.Default is { } choice)
        {
            if (concept.Find(choice) is not { } chosen)
                return Refuse(Outcome.NotFound, "checkpoint", $"Concept '{id}' has no checkpoint '{choice}'.");
            concept = concept with { Default = new(chosen.Run, chosen.Step), Pinned = true };
        }
        if (change.Unpin && concept.Pinned) concept = concept with { Default = concept.LastFinished(), Pinned = false };
        return (concept with
        {
            Name = change.Name ?? concept.Name, Tags = change.Tags ?? concept.Tags, Metadata = change.Metadata ?? concept.Metadata,
        }, new(Outcome.Done));

        (ConceptRecord, ChangeResult) Refuse(Outcome outcome, string code, string why) => (concept, new(outcome, why, code));
    }

    public static (ConceptRecord Next, Outcome Outcome) AddPhoto(ConceptRecord concept, Photo photo)
    {
        if (concept.Photos.FirstOrDefault(p => p.Id == photo.Id) is { } known)
            return (concept, known.ObjectIndex == photo.ObjectIndex ? Outcome.Done : Outcome.Conflict);
        if (photo.ObjectIndex >= concept.InitWords.Count || concept.Photos.Count(p => p.ObjectIndex == photo.ObjectIndex) >= MaxPhotos)
            return (concept, Outcome.Conflict);
        return (concept with { Photos = [.. concept.Photos, photo], Leaving = [.. concept.Leaving.Where(l => l.Blob != photo.Blob)] },
            Outcome.Done);
    }

    public static (ConceptRecord Next, Outcome Outcome) RemovePhoto(ConceptRecord concept, string photoId, IReadOnlyList<string> needed)
    {
        if (concept.Photos.FirstOrDefault(p => p.Id == photoId) is not { } photo) return (concept, Outcome.NotFound);
        // A training noted meanwhile is under way, too.
        string[] jobs =
            [.. needed.Union(concept.Runs!.Where(r => r.Ended is null && r.Photos.Any(p => p.Blob == photo.Blob))
            .Select(r => r.NewestJob))];
        return (concept with
        {
            Photos = [.. concept.Photos.Where(p => p.Id != photoId)],
            Leaving = [.. concept.Leaving, new(photo.Blob, photo.Bytes, jobs)],
        }, Outcome.Done);
    }

    /// <summary>These jobs have ended: they need nothing any more.</summary>
    public static (ConceptRecord Next, Outcome Outcome) Release(ConceptRecord concept, IReadOnlyList<string> ended)
    {
        if (!concept.Leaving.Any(l => l.Jobs.Intersect(ended).Any())) return (concept, Outcome.Done);
        return (concept with
        {
            Leaving = [.. concept.Leaving.Select(l => l with { Jobs = [.. l.Jobs.Except(ended)] })],
        }, Outcome.Done);
    }

    /// <summary>These blobs are gone.</summary>
    public static (ConceptRecord Next, Outcome Outcome) DropLeaving(ConceptRecord concept, IReadOnlyList<string> gone) =>
        (concept with { Leaving = [.. concept.Leaving.Where(l => l.Jobs.Count > 0 || !gone.Contains(l.Blob))] }, Outcome.Done);

    /// <summary>A training as it is asked for.</summary>
    /// <param name="Options">The options that trainings have.</param>
    /// <param name="Origin">Where it goes on or branches; null: it begins.</param>
    /// <param name="User">The front-end's own; null: none.</param>
    internal sealed record AskedTraining(
        string JobId, TrainingSettings Settings, OptionList Options, TrainingOrigin? Origin, string? User, DateTimeOffset At);

    /// <summary>Notes a training: a run of its own, or a further job of the run that it extends.</summary>
    public static (ConceptRecord Next, RunStart Start) BeginTraining(string id, ConceptRecord concept, AskedTraining asked)
    {
        var (jobId, settings, _, origin, user, now) = asked;
        if (concept.RunOfJob(jobId) is { } known) return (concept, new(known) { From = FromOf(concept, known, jobId) });
        if (origin?.Extends is { } extended) return Extend(id, concept, asked, extended);
        if (origin?.BranchesFrom is { } parent) return Branch(id, concept, asked, parent);

        var bare = Enumerable.Range(0, concept.InitWords.Count).FirstOrDefault(k => concept.Photos.All(p => p.ObjectIndex != k), -1);
        if (bare >= 0)
        {
            var whose = concept.InitWords.Count == 1 ? $"Concept '{id}'"
                : $"Object {bare + 1} ('{concept.InitWords[bare]}') of concept '{id}'";
            return (concept, new(null, Problem: $"{whose} has no photos; 4 to 7 work best."));
        }
        return Begin(concept, new(jobId, now) { User = user, Photos = concept.Photos, InitWords = concept.InitWords, Settings = settings });
    }

    public static (ConceptRecord Next, Outcome Outcome) ForgetTraining(ConceptRecord concept, string jobId)
    {
        if (concept.RunOfJob(jobId) is not { } run) return (concept, Outcome.Done);
        return (concept.With(run, r => r.Jobs.Count == 1 ? null
            : r with { Jobs = [.. r.Jobs.Where(j => j != jobId)], Ended = JobState.Succeeded }), Outcome.Done);
    }

    public static (ConceptRecord Next, Outcome Outcome) AddCheckpoint(ConceptRecord concept, string jobId, int attempt,
        Checkpoint checkpoint)
    {
        // Its run was deleted, or is not one of the concept's trainings any more: there is nothing to change.
        if (concept.Erasing.Contains(jobId)) return (concept, Outcome.NotFound);
        var run = concept.RunOfJob(jobId);
        if (run?.Find(checkpoint.Step) is { } known && known.JobId == jobId && known.Blob == checkpoint.Blob) return (concept,
            Outcome.Done);
        if (attempt < concept.Attempts.GetValueOrDefault(jobId)) return (concept, Outcome.Conflict);
        if (run is null)
        {
            run = new(jobId, checkpoint.Created) { Photos = concept.Photos, InitWords = concept.InitWords };
            concept = concept with { Runs = [.. concept.Runs!, run] };
        }
        return (concept.With(run, r => r with
        {
            Checkpoints = [.. r.Checkpoints.Where(c => c.Step != checkpoint.Step).Append(checkpoint with { Run = r.Id })
                .OrderBy(c => c.Step)],
        }) with
        {
            Attempts = new Dictionary<string, int>(concept.Attempts) { [jobId] = attempt },
        }, Outcome.Done);
    }

    public static (ConceptRecord Next, Outcome Outcome) EndTraining(ConceptRecord concept, string jobId, JobState how, ResumeBlob? resume)
    {
        if (concept.RunOfJob(jobId) is not { } run) return (concept, Outcome.NotFound);
        if (run.NewestJob != jobId || run.Ended == how && run.Resume == (resume ?? run.Resume)) return (concept, Outcome.Done);
        concept = concept.With(run, r => r with { Ended = how, Resume = resume ?? r.Resume });
        if (how == JobState.Succeeded && !concept.Pinned && run.Checkpoints.Count > 0)
            concept = concept with { Default = new(run.Id, run.Checkpoints[^1].Step) };
        return (concept, Outcome.Done);
    }

    public static (ConceptRecord Next, Outcome Outcome) Label(ConceptRecord concept, string runId, int? step, string? label)
    {
        if (concept.RunOf(runId) is not { } run || (step is { } at && run.Find(at) is null)) return (concept, Outcome.NotFound);
        return (concept.With(run, r => step is null
            ? r with { Label = label }
            : r with { Checkpoints = [.. r.Checkpoints.Select(c => c.Step == step ? c with { Label = label } : c)] }), Outcome.Done);
    }

    public static (ConceptRecord Next, Outcome Outcome) RemoveCheckpoint(ConceptRecord concept, string runId, int step)
    {
        if (concept.RunOf(runId) is not { } run || run.Find(step) is not { } checkpoint) return (concept, Outcome.NotFound);
        concept = concept with { Leaving = [.. concept.Leaving, new(checkpoint.Blob, checkpoint.Bytes, [])] };
        return (concept.With(run, r => r with { Checkpoints = [.. r.Checkpoints.Where(c => c.Step != step)] }).WithValidDefault(),
            Outcome.Done);
    }

    /// <summary>The run is gone for its users; its jobs are to be erased.</summary>
    public static ConceptRecord RemoveRun(ConceptRecord concept, string runId) => (concept with
    {
        Runs = [.. concept.Runs!.Where(r => r.Id != runId)],
        Erasing = [.. concept.Erasing.Union(concept.RunOf(runId)?.Jobs ?? [])],
    }).WithValidDefault();

    /// <summary>What a version without runs stored, with the runs that were found for it.</summary>
    public static ConceptRecord WithRuns(ConceptRecord old, IReadOnlyList<Run> runs)
    {
        var chosen = old.Checkpoints?.FirstOrDefault(c => c.Step == old.DefaultStep);
        var record = old with { Runs = runs, Checkpoints = null, DefaultStep = null, TrainingJob = null };
        return (record with { Default = chosen is null ? null : new(chosen.JobId, chosen.Step) }).WithValidDefault();
    }

    /// <summary>Whether something may have been left half done by a crash.</summary>
    public static bool IsUntidy(ConceptRecord concept) =>
        concept.Deleting || concept.Erasing.Count > 0 || concept.Leaving.Count > 0 || concept.Runs!.Any(r => r.Ended is null);

    /// <summary>Each step once: the checkpoint that the bare step means.</summary>
    private static IReadOnlyList<Checkpoint> ByStep(ConceptRecord concept) =>
        [.. concept.Runs!.SelectMany(r => r.Checkpoints).Select(c => c.Step).Distinct().Order()
            .Select(step => concept.Find(new CheckpointChoice(null, step))!)];

    private static (ConceptRecord, RunStart) Begin(ConceptRecord concept, Run run, ResumeBlob? from = null) =>
        (concept with { Runs = [.. concept.Runs!, run] }, new(run, IsNew: true) { From = from });

    private static (ConceptRecord, RunStart) Extend(string id, ConceptRecord concept, AskedTraining asked, string runId)
    {
        var settings = asked.Settings;
        if (concept.RunOf(runId) is not { } run) return (concept, NoRun(id, runId));
        if (CannotGoOn(run, settings) is { } why) return (concept, new(null, Problem: why));
        var own = run.Settings?.Options ?? settings.Options;
        if (settings.Options.Pairs.FirstOrDefault(o => asked.Options.Find(o.Key) is null or { MovesNumbers: true }
            && !Equals(own.Find(o.Key), o.Value)) is { Key: { } name })
            return (concept,
                new(null, Problem: $"Run '{runId}' is trained with its own {name}; only how many steps, and how often something is "
                + $"kept, can be others."));
        var further = run with { Jobs = [.. run.Jobs, asked.JobId], Settings = new(settings.Options.Over(own)), Ended = null };
        return (concept.With(run, _ => further), new(further, IsNew: true) { From = run.Resume });
    }

    private static (ConceptRecord, RunStart) Branch(string id, ConceptRecord concept, AskedTraining asked, string parentId)
    {
        var (jobId, settings, _, _, user, now) = asked;
        if (concept.RunOf(parentId) is not { } parent) return (concept, NoRun(id, parentId));
        if (CannotGoOn(parent, settings) is { } why) return (concept, new(null, Problem: why));
        if (concept.Photos.Count == 0) return (concept, new(null, Problem: $"Concept '{id}' has no photos; 4 to 7 work best."));
        return Begin(concept, new(jobId, now)
        {
            User = user, Photos = concept.Photos, InitWords = concept.InitWords, Settings = settings,
            Parent = new(parent.Id, parent.Resume!.Step),
        }, parent.Resume);
    }

    private static string? CannotGoOn(Run run, TrainingSettings settings) =>
        run.Ended is null ? $"Run '{run.Id}' is under way; wait for its end, or cancel it."
        : run.Resume is null
            ? $"Nothing is kept of run '{run.Id}' to go on from: it ended before its first resume point, or was trained by a version "
            + $"that kept none."
        : settings.Steps is not { } steps || steps <= run.Resume.Step
            ? $"Run '{run.Id}' has {run.Resume.Step} steps; name more of them in field 'steps'."
        : null;

    private static RunStart NoRun(string id, string runId) => new(null, NotFound: "run", Problem: $"Concept '{id}' has no run '{runId}'.");

    private static ResumeBlob? FromOf(ConceptRecord concept, Run run, string jobId) =>
        run.Id != jobId ? run.Resume : run.Parent is { Run: { } parent } ? concept.RunOf(parent)?.Resume : null;
}
