using System.Text.Json.Serialization;

namespace ViCo.Grains.Jobs;

/// <summary>What a job is: <see cref="TrainingJob"/> or <see cref="SamplingJob"/>.</summary>
/// <param name="ConceptId">The concept, without its tenant.</param>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("vico.job-spec")]
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(TrainingJob), "training")]
[JsonDerivedType(typeof(SamplingJob), "sampling")]
public abstract record JobSpec([property: Id(0)] string ConceptId, [property: Id(1)] DateTimeOffset Submitted)
{
    /// <summary>The front-end's own user it is made for, at most 64 characters; null: none.</summary>
    [Id(2)] public string? User { get; init; }

    /// <summary>The photos that it works from, by blob; null: a version that did not say more than the blobs.</summary>
    [Id(3)] public IReadOnlyDictionary<string, WorkPhoto>? Photos { get; init; }
}
