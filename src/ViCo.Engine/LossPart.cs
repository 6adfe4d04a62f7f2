namespace ViCo.Engine;

/// <summary>One summand of a training's loss.</summary>
/// <param name="Name">Such as <c>noise</c>, or <c>end-of-text</c> for ViCo's regulariser.</param>
/// <param name="Value">Before its weight.</param>
/// <param name="Weight">How much of it is in the loss.</param>
public sealed record LossPart(string Name, double Value, double Weight);
