namespace ViCo.Engine.Training;

/// <summary>What a loss came to, still on the device.</summary>
/// <param name="Values">[1 + terms]: the total, then each term before its weight.</param>
internal sealed record LossValues(Tensor Values, IReadOnlyList<(string Name, double Weight)> Terms);
