using ViCo.Engine;

namespace ViCo.Benchmarks.Quality;

/// <summary>One object to learn and to be judged by.</summary>
/// <param name="ClassWord">What it is, such as <c>teddy bear</c>: stands for the placeholder where a model never learned it.</param>
/// <param name="InitWord">One token that S★ starts from.</param>
/// <param name="Masks">Exact object masks, one per photo (bright is object), or empty when there are none.</param>
public sealed record EvaluationConcept(
    string Name, string ClassWord, string InitWord, IReadOnlyList<PhotoFile> Photos, IReadOnlyList<PhotoFile> Masks);
