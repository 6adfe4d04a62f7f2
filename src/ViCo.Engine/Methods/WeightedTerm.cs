namespace ViCo.Engine.Methods;

/// <summary>One summand of a loss.</summary>
/// <param name="Name">As it stands in events, logs and plots, such as <c>noise</c>.</param>
/// <param name="Value">Scalar, differentiable, before its weight.</param>
internal sealed record WeightedTerm(string Name, Tensor Value, double Weight = 1);
