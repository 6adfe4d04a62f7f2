using System.Text.Json.Serialization;

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

    public IReadOnlyList<Photo> Photos { get; init; } = [];

    /// <summary>By step; of two with the same step the one told of later.</summary>
    public IReadOnlyList<Checkpoint> Checkpoints { get; init; } = [];

    public int? DefaultStep { get; init; }

    public string? TrainingJob { get; init; }

    /// <summary>The newest attempt of each job that has reported a checkpoint: older ones are fenced off.</summary>
    public IReadOnlyDictionary<string, int> Attempts { get; init; } = new Dictionary<string, int>();

    /// <summary>Set first, so that nothing is added any more while jobs and blobs go.</summary>
    public bool Deleting { get; init; }
}
