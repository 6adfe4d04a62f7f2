using System.Text.Json.Serialization;
using ViCo.Grains.Jobs;

namespace ViCo.Grains.Concepts;

/// <summary>All that is durable of a concept.</summary>
internal sealed record ConceptRecord
{
    public required string Name { get; init; }

    public required string InitWord { get; init; }

    public IReadOnlyList<string>? OtherInitWords { get; init; }

    [JsonIgnore]
    public IReadOnlyList<string> InitWords => [InitWord, .. OtherInitWords ?? []];

    public DateTimeOffset Created { get; init; }

    public string? User { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<Photo> Photos { get; init; } = [];

    /// <summary>Oldest first. Null: stored by a version that knew no runs, and not brought up to date yet.</summary>
    public IReadOnlyList<Run>? Runs { get; init; }

    /// <summary>The checkpoint that the last finished run, or somebody, set. Null: the newest run's newest.</summary>
    public CheckpointChoice? Default { get; init; }

    /// <summary>Somebody chose <see cref="Default"/>: a finished run does not move it.</summary>
    public bool Pinned { get; init; }

    /// <summary>Blobs that are deleted for their users, until they are gone.</summary>
    public IReadOnlyList<LeavingBlob> Leaving { get; init; } = [];

    /// <summary>Jobs of deleted runs, until they are erased.</summary>
    public IReadOnlyList<string> Erasing { get; init; } = [];

    /// <summary>The newest attempt of each job that has reported a checkpoint: older ones are fenced off.</summary>
    public IReadOnlyDictionary<string, int> Attempts { get; init; } = new Dictionary<string, int>();

    /// <summary>Set first, so that nothing is added any more while jobs and blobs go.</summary>
    public bool Deleting { get; init; }

    /// <summary>Before runs: of two checkpoints with one step the one told of later.</summary>
    public IReadOnlyList<Checkpoint>? Checkpoints { get; init; }

    /// <summary>Before runs: the default's step.</summary>
    public int? DefaultStep { get; init; }

    /// <summary>Before runs: the newest training.</summary>
    public string? TrainingJob { get; init; }

    /// <summary>The default in force, or null when there is no checkpoint.</summary>
    [JsonIgnore]
    public Checkpoint? DefaultCheckpoint => Default is { } chosen ? Find(chosen) : NewestCheckpoint;

    private Checkpoint? NewestCheckpoint => Runs?.LastOrDefault(r => r.Checkpoints.Count > 0)?.Checkpoints[^1];

    /// <summary>What a choice means now, or null when it means nothing.</summary>
    public Checkpoint? Find(CheckpointChoice choice)
    {
        if (choice.Run is { } run) return RunOf(run)?.Find(choice.Step);
        var ofDefault = Default?.Run ?? NewestCheckpoint?.Run;
        return (ofDefault is null ? null : RunOf(ofDefault)?.Find(choice.Step))
            ?? Runs?.LastOrDefault(r => r.Find(choice.Step) is not null)?.Find(choice.Step);
    }

    public Run? RunOf(string id) => Runs?.FirstOrDefault(r => r.Id == id);

    public Run? RunOfJob(string jobId) => Runs?.FirstOrDefault(r => r.Jobs.Contains(jobId));

    /// <summary>The record with a run changed, or dropped when <paramref name="change"/> says null.</summary>
    public ConceptRecord With(Run run, Func<Run, Run?> change) => this with
    {
        Runs = [.. Runs!.Select(r => r.Id == run.Id ? change(r) : r).OfType<Run>()],
    };

    /// <summary>The record with a default that is there: the last finished run's newest checkpoint in place of one that is gone.</summary>
    public ConceptRecord WithValidDefault() => Default is null || Find(Default) is not null
        ? this
        : this with { Default = LastFinished(), Pinned = false };

    /// <summary>The newest checkpoint of the newest run that came to its end.</summary>
    public CheckpointChoice? LastFinished() =>
        Runs?.LastOrDefault(r => r.Ended == JobState.Succeeded && r.Checkpoints.Count > 0) is { } run
            ? new(run.Id, run.Checkpoints[^1].Step) : null;
}

/// <param name="Jobs">The jobs that still need it: it goes with the last of them. None: it goes now.</param>
internal sealed record LeavingBlob(string Blob, long Bytes, IReadOnlyList<string> Jobs);
