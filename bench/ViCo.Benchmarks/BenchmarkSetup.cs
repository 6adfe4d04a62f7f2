using ViCo.Engine;

namespace ViCo.Benchmarks;

/// <summary>What a benchmark works with.</summary>
/// <param name="ModelFolder">A base model in diffusers' layout; null: Stable Diffusion 1.5's sizes with random weights, written to a
/// temporary folder for pictures of 256 px.</param>
/// <param name="Photos">Photos of one object, 2 or more.</param>
/// <param name="Threads">libtorch's threads.</param>
/// <param name="Brief">Plain against the engine as it is, without a path per change.</param>
/// <param name="Also">Approximations that get paths of their own where paths are compared.</param>
/// <param name="Precision">Of the frozen networks where memory is measured, a value of <see cref="Engine.Precision"/>.</param>
public sealed record BenchmarkSetup(
    string? ModelFolder, IReadOnlyList<PhotoFile> Photos, int Threads, bool Brief = false, Approximations Also = Approximations.None,
    string Precision = Precision.Single)
{
    /// <summary>As the engine names devices; the CPU unless told otherwise.</summary>
    public string Device { get; init; } = "cpu";
}
