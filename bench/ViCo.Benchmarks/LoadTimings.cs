using Microsoft.Win32.SafeHandles;

namespace ViCo.Benchmarks;

/// <summary>How long a base model takes from file to use beside reading its files once, and a concept from a file to use.</summary>
/// <param name="ModelBytes">Of all weight files.</param>
/// <param name="ConceptBytes">Of one concept's checkpoint.</param>
/// <param name="Cold">Read and load with nothing of the files in memory: <c>read</c>, <c>load</c> with the files' digest known, <c>load and
/// hash</c> without; empty where the system cannot be told to forget files.</param>
/// <param name="Warm">The same with the files in the system's page cache.</param>
/// <param name="Swaps">Seconds from a checkpoint file to a ready concept in place of another; the
/// first one finds no memory to reuse.</param>
public sealed record LoadTimings(
    long ModelBytes, long ConceptBytes, IReadOnlyList<PathTimings> Cold, IReadOnlyList<PathTimings> Warm, IReadOnlyList<double> Swaps);
