namespace ViCo.Engine;

/// <summary>
/// Learns concepts and draws them. Two implementations: <c>TorchEngine</c> (libtorch) and <c>RehearsalEngine</c> (deterministic, no torch).
/// </summary>
/// <remarks>
/// Plain data in and out, never a tensor. One job at a time per engine: calls queue on the engine's lane. Observers are called on the
/// lane's thread, in order, and must return quickly; an exception thrown by an observer ends the job with that exception.
/// </remarks>
public interface IEngine : IAsyncDisposable
{
    /// <summary>What this engine runs on and which base model it holds.</summary>
    EngineInfo Info { get; }

    /// <summary>Trains until the last step, a pause or cancellation.</summary>
    /// <exception cref="InvalidDataException">A photo cannot be decoded, or the resume point does not fit
    /// the request or the base model.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> fired; nothing is kept
    /// beyond what the observer has seen.</exception>
    Task<TrainingOutcome> TrainAsync(TrainingRequest request, ITrainingObserver observer, CancellationToken cancellationToken);

    /// <summary>
    /// Draws <see cref="GenerationRequest.Seeds"/>.Count pictures; each depends on its own seed only, never on the batch.
    /// </summary>
    /// <exception cref="ArgumentException">An option does not exist, is out of its range or does not go with
    /// another; the message says what does.</exception>
    /// <exception cref="InvalidDataException">The checkpoint does not fit the base model, or the reference cannot be decoded.</exception>
    Task<IReadOnlyList<GeneratedImage>> GenerateAsync(
        GenerationRequest request, IGenerationObserver observer, CancellationToken cancellationToken);

    /// <summary>
    /// Draws several requests of whatever concepts. Those with the same sampler, timesteps and size share every pass; each gets the
    /// pictures that it gets alone, up to rounding.
    /// </summary>
    /// <param name="observers">One per request.</param>
    /// <returns>The pictures of each request, in the order of the requests.</returns>
    /// <exception cref="ArgumentException">As for one request, and nothing is drawn; or observers are not as many as requests.</exception>
    /// <exception cref="InvalidDataException">As for one request.</exception>
    Task<IReadOnlyList<IReadOnlyList<GeneratedImage>>> GenerateAsync(
        IReadOnlyList<GenerationRequest> requests, IReadOnlyList<IGenerationObserver> observers, CancellationToken cancellationToken);
}
