using ViCo.Engine;
using ViCo.Engine.Rehearsal;

namespace ViCo.Grains.Tests.Gpus;

/// <summary>The rehearsal engine, whose trainings never come back: no step, no end, whoever asks it to stop.</summary>
internal sealed class HungEngine : IEngine
{
    private readonly RehearsalEngine _engine = new();
    private readonly TaskCompletionSource<TrainingOutcome> _never = new();

    public EngineInfo Info => _engine.Info;

    public Task<TrainingOutcome> TrainAsync(TrainingRequest request, ITrainingObserver observer, CancellationToken cancellationToken) =>
        _never.Task;

    public Task<IReadOnlyList<GeneratedImage>> GenerateAsync(GenerationRequest request, IGenerationObserver observer,
        CancellationToken cancellationToken) =>
        _engine.GenerateAsync(request, observer, cancellationToken);

    public Task<IReadOnlyList<IReadOnlyList<GeneratedImage>>> GenerateAsync(
        IReadOnlyList<GenerationRequest> requests, IReadOnlyList<IGenerationObserver> observers, CancellationToken cancellationToken) =>
        _engine.GenerateAsync(requests, observers, cancellationToken);

    public ValueTask DisposeAsync() => _engine.DisposeAsync();
}
