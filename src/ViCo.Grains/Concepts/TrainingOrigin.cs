namespace ViCo.Grains.Concepts;

/// <summary>What a training goes on from: more steps of a run, or a new run that begins at another's checkpoint.</summary>
/// <param name="Extends">The run that gets more steps.</param>
/// <param name="BranchesFrom">The run that the new one branches off from.</param>
[GenerateSerializer, Immutable, Alias("vico.training-origin")]
public sealed record TrainingOrigin([property: Id(0)] string? Extends = null, [property: Id(1)] string? BranchesFrom = null);
