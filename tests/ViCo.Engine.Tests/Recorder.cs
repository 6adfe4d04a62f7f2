namespace ViCo.Engine.Tests;

/// <summary>Keeps everything an engine tells its observers.</summary>
internal sealed class Recorder : ITrainingObserver, IGenerationObserver
{
    public int? PauseAt { get; init; }
    public Action<int>? OnEachStep { get; init; }
    public TrainingStart? Start { get; private set; }
    public List<TrainingStep> Steps { get; } = [];
    public List<(int Step, byte[] Bytes)> Checkpoints { get; } = [];
    public List<(int Step, byte[] Bytes)> Resumes { get; } = [];
    public List<(int Step, byte[] Bytes)> Previews { get; } = [];
    public List<string> Warnings { get; } = [];
    public List<int> DenoisingSteps { get; } = [];

    public bool PauseRequested => PauseAt is { } at && Steps.Count > 0 && Steps[^1].Step >= at;

    public void OnStart(TrainingStart start) => Start = start;
    public void OnWarning(string message) => Warnings.Add(message);
    public void OnCheckpoint(int step, Action<Stream> write) => Checkpoints.Add((step, Written.By(write)));
    public void OnResumePoint(int step, Action<Stream> write) => Resumes.Add((step, Written.By(write)));
    public void OnPreview(int step, ReadOnlyMemory<byte> png) => Previews.Add((step, png.ToArray()));
    public void OnStep(int step, int steps) => DenoisingSteps.Add(step);

    public void OnStep(TrainingStep step)
    {
        Steps.Add(step);
        OnEachStep?.Invoke(step.Step);
    }
}
