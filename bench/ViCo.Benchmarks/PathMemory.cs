namespace ViCo.Benchmarks;

/// <summary>Memory of one path, measured in a process that runs nothing else.</summary>
/// <param name="Loaded">Bytes resident with the base model and a concept loaded.</param>
/// <param name="Peak">The most bytes resident while it ran.</param>
public sealed record PathMemory(long Loaded, long Peak);
