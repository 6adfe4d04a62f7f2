namespace ViCo.Benchmarks;

/// <summary>Cycles of a training and a sampling.</summary>
/// <param name="LiveTensors">Tensors alive after each cycle.</param>
/// <param name="Resident">Bytes resident after each cycle.</param>
public sealed record CycleMemory(IReadOnlyList<long> LiveTensors, IReadOnlyList<long> Resident);
