using ViCo.Grains.Concepts;

namespace ViCo.Gateway.Concepts;

/// <summary>What is to be changed; what is not there stays.</summary>
/// <param name="InitWord">Of a concept of one object that was not trained yet.</param>
/// <param name="Objects">Of a concept of several: as many as it has.</param>
/// <param name="Tags">In place of all it has.</param>
/// <param name="Metadata">In place of all it has.</param>
/// <param name="Default">The checkpoint, <c>{run}:{step}</c> or a step, to use when a request names
/// none, whatever is trained later.</param>
/// <param name="Pinned">False: the default is the last finished training's again. True: it stays as it is now.</param>
internal sealed record ChangeConcept(
    string? Name = null, string? InitWord = null, IReadOnlyList<ConceptObject?>? Objects = null, IReadOnlyList<string>? Tags = null,
    IReadOnlyDictionary<string, string>? Metadata = null, CheckpointChoice? Default = null, bool? Pinned = null);
