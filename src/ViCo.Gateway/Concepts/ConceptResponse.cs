using ViCo.Grains.Concepts;

namespace ViCo.Gateway.Concepts;

/// <summary>A concept as callers see it: addresses in place of blob names.</summary>
/// <param name="InitWord">Of the first object.</param>
/// <param name="Checkpoints">By step; of several with one step the one that the bare step means. <c>/runs</c> has all.</param>
/// <param name="Pinned">The default was chosen: trainings do not move it.</param>
/// <param name="Runs">How many there are.</param>
internal sealed record ConceptResponse(
    string Id, string Name, string InitWord, DateTimeOffset Created, IReadOnlyList<PhotoResponse> Photos,
    IReadOnlyList<CheckpointResponse> Checkpoints, int? DefaultStep, string? TrainingJob, IReadOnlyList<ConceptObject> Objects,
    string? DefaultRun, bool Pinned, string? User, IReadOnlyList<string> Tags, IReadOnlyDictionary<string, string> Metadata, int Runs)
{
    public static ConceptResponse Of(ConceptView concept) => new(
        concept.Id, concept.Name, concept.InitWord, concept.Created,
        [.. concept.Photos.Select(photo => PhotoResponse.Of(concept.Id, photo))],
        [.. concept.Checkpoints.Select(checkpoint => CheckpointResponse.Of(concept.Id, checkpoint))],
        concept.DefaultStep, concept.TrainingJob, [.. concept.InitWords.Select(word => new ConceptObject(word))],
        concept.DefaultRun, concept.Pinned, concept.User, concept.Tags, concept.Metadata, concept.Runs);
}
