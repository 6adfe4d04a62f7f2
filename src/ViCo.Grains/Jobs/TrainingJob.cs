using ViCo.Grains.Concepts;

namespace ViCo.Grains.Jobs;

/// <param name="PhotoBlobs">Blobs of the photos as they were at submission, in reference order.</param>
/// <param name="Others">Further objects that are learned together with this one; null: none.</param>
[GenerateSerializer, Immutable, Alias("vico.training-job")]
public sealed record TrainingJob(
    string ConceptId, DateTimeOffset Submitted, [property: Id(0)] string InitWord, [property: Id(1)] IReadOnlyList<string> PhotoBlobs,
    [property: Id(2)] TrainingSettings Settings, [property: Id(3)] IReadOnlyList<ObjectToLearn>? Others = null)
        : JobSpec(ConceptId, Submitted)
{
    /// <summary>The run it belongs to; null: the one of its own id.</summary>
    [Id(4)] public string? Run { get; init; }

    /// <summary>Where the first attempt goes on: the end of its own run, or with <see cref="Branches"/> of another.</summary>
    [Id(5)] public ResumeBlob? From { get; init; }

    /// <summary>Whether <see cref="From"/> is another run's.</summary>
    [Id(6)] public bool Branches { get; init; }

    /// <summary>Digest of the base model that <see cref="From"/> was learned on; null: it begins anew, or that is not known.</summary>
    [Id(7)] public string? BaseDigest { get; init; }
}
