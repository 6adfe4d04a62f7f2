using ViCo.Engine;
using ViCo.Engine.Rehearsal;

namespace ViCo.Grains.Tests.Gpus;

/// <summary>The rehearsal engine, whose trainings report a loss of NaN at one step.</summary>
internal sealed class DivergingEngine(int atStep) : IEngine
{
    private readonly RehearsalEngine _engine = new();

    public EngineInfo Info => _engine.Info;

    public Task<TrainingOutcome> TrainAsync(TrainingRequest request, ITrainingObserver observer, CancellationToken cancellationToken) =>
        _engine.TrainAsync(request, new Diverging(observer, atStep), cancellationToken);

    public Task<IReadOnlyList<GeneratedImage>> GenerateAsync(GenerationRequest request, IGenerationObserver observer,
        CancellationToken cancellationToken) =>
        _engine.GenerateAsync(request, observer, cancellationToken);

    public Task<IReadOnlyList<IReadOnlyList<GeneratedImage>>> GenerateAsync(
        IReadOnlyList<GenerationRequest> requests, IReadOnlyList<IGenerationObserver> observers, CancellationToken cancellationToken) =>
        _engine.GenerateAsync(requests, observers, cancellationToken);

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private sealed class Diverging(ITrainingObserver observer, int atStep) : ITrainingObserver
    {
        public bool PauseRequested => observer.PauseRequested;

        public void OnStart(TrainingStart start) => observer.OnStart(start);

        public void OnStep(TrainingStep step) => observer.OnStep(step.Step == atStep ? step with { Loss = double.NaN } : step);

        public void OnWarning(string message) => observer.OnWarning(message);

        public void OnCheckpoint(int step, Action<Stream> write) => observer.OnCheckpoint(step, write);

        public void OnResumePoint(int step, Action<Stream> write) => observer.OnResumePoint(step, write);

        public void OnPreview(int step, ReadOnlyMemory<byte> png) => observer.OnPreview(step, png);
    }
}
