namespace ViCo.Grains.Jobs;

/// <summary>One summand of a loss.</summary>
/// <param name="Name">Such as <c>noise</c>, or <c>end-of-text</c> for ViCo's regulariser.</param>
/// <param name="Value">Before its weight.</param>
[GenerateSerializer, Immutable, Alias("vico.loss-term")]
public sealed record LossTerm([property: Id(0)] string Name, [property: Id(1)] double Value, [property: Id(2)] double Weight);
