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

    /// <summary>A checkpoint: safetensors bytes with S★, the 80 block tensors and metadata.</summary>
    void OnCheckpoint(int step, ReadOnlyMemory<byte> safetensors);

    /// <summary>Everything needed to continue bit-identically from <paramref name="step"/>; opaque to the caller.</summary>
    void OnResumePoint(int step, ReadOnlyMemory<byte> resume);

    /// <summary>A PNG strip of what the concept looks like now, drawn with its own randomness (never the training's).</summary>
    void OnPreview(int step, ReadOnlyMemory<byte> png);
}
