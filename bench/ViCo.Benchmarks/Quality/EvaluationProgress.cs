namespace ViCo.Benchmarks.Quality;

/// <param name="Activity">Such as <c>train ViCo</c>.</param>
/// <param name="Done">Of <paramref name="Total"/> steps or pictures.</param>
public sealed record EvaluationProgress(string Concept, string Activity, int Done, int Total);
