namespace ViCo.Engine.Training;

/// <summary>Tensors that share a learning rate, with their names in files.</summary>
internal sealed record ParameterGroup(double LearningRate, IReadOnlyList<(string Name, Parameter Parameter)> Tensors);
