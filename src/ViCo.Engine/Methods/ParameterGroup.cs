namespace ViCo.Engine.Methods;

/// <summary>Tensors that share a learning rate, with their names in files.</summary>
internal sealed record ParameterGroup(double LearningRate, IReadOnlyList<(string Name, Parameter Parameter)> Tensors)
{
    /// <summary>
    /// Whether every step has a gradient for each of the tensors. The optimizer then keeps them side by side in one vector and moves that,
    /// instead of launching a dozen operations for each.
    /// </summary>
    public bool EveryStep { get; init; }
}
