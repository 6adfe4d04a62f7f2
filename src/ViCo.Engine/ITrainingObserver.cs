namespace ViCo.Engine;

/// <summary>Receives a training's progress, on the engine's lane.</summary>
public interface ITrainingObserver
{
    /// <summary>True asks the training to stop at the next step boundary, after a resume point.</summary>
    bool PauseRequested { get; }

    /// <summary>Called once before the first step with the options in force.</summary>
    void OnStart(TrainingStart start);

    /// <summary>Called after every optimizer step.</summary>
    void OnStep(TrainingStep step);

    /// <summary>What the user would want to know while the training goes on, such as: it has diverged.</summary>
    void OnWarning(string message);

    /// <summary>A checkpoint, ready to be written as safetensors: S★, the image blocks and metadata.</summary>
    /// <param name="write">Writes it tensor by tensor. Valid until this call returns; it may be called
    /// again, and writes the same bytes.</param>
    void OnCheckpoint(int step, Action<Stream> write);

    /// <summary>
    /// Everything needed to go on bit by bit from <paramref name="step"/>, ready to be written; what is in it is the engine's affair.
    /// </summary>
    /// <param name="write">As for <see cref="OnCheckpoint"/>.</param>
    void OnResumePoint(int step, Action<Stream> write);

    /// <summary>A PNG strip of what the concept looks like now, drawn with its own randomness (never the training's).</summary>
    void OnPreview(int step, ReadOnlyMemory<byte> png);
}
