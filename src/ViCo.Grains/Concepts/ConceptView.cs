using ViCo.Grains.Jobs;

namespace ViCo.Grains.Concepts;

/// <param name="Checkpoints">By step; of several with one step the one that the bare step means.</param>
/// <param name="DefaultStep">The checkpoint used when a request names none; null before the first.</param>
/// <param name="TrainingJob">The newest training, or null.</param>
/// <param name="OtherInitWords">As in <see cref="ConceptSpec"/>.</param>
[GenerateSerializer, Immutable, Alias("vico.concept-view")]
public sealed record ConceptView(
    [property: Id(0)] string Id, [property: Id(1)] string Name, [property: Id(2)] string InitWord, [property: Id(3)] DateTimeOffset Created,
    [property: Id(4)] IReadOnlyList<Photo> Photos, [property: Id(5)] IReadOnlyList<Checkpoint> Checkpoints,
    [property: Id(6)] int? DefaultStep, [property: Id(7)] string? TrainingJob,
    [property: Id(8)] IReadOnlyList<string>? OtherInitWords = null)
{
    /// <inheritdoc cref="ConceptSpec.InitWords"/>
    public IReadOnlyList<string> InitWords => [InitWord, .. OtherInitWords ?? []];

    /// <summary>The run of the default checkpoint.</summary>
    [Id(9)] public string? DefaultRun { get; init; }

    /// <summary>Somebody chose the default: trainings do not move it.</summary>
    [Id(10)] public bool Pinned { get; init; }

    /// <inheritdoc cref="ConceptSpec.User"/>
    [Id(11)] public string? User { get; init; }

    /// <inheritdoc cref="ConceptSpec.Tags"/>
    [Id(12)] public IReadOnlyList<string> Tags { get; init; } = [];

    /// <inheritdoc cref="ConceptSpec.Metadata"/>
    [Id(13)] public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Bytes of its photos and checkpoints, those included that wait for a job's end to go.</summary>
    [Id(14)] public long StoredBytes { get; init; }

    /// <summary>How many runs it has.</summary>
    [Id(15)] public int Runs { get; init; }
}
