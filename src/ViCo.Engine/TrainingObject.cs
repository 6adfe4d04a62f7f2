namespace ViCo.Engine;

/// <summary>One object of a training.</summary>
/// <param name="Photos">As in <see cref="TrainingRequest"/>.</param>
/// <param name="InitWord">As in <see cref="TrainingRequest"/>.</param>
public sealed record TrainingObject(IReadOnlyList<PhotoFile> Photos, string InitWord);
