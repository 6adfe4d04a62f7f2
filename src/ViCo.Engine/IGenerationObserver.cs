namespace ViCo.Engine;

/// <summary>Receives a sampling's progress, on the engine's lane.</summary>
public interface IGenerationObserver
{
    /// <summary>Called after every denoising step, 1-based.</summary>
    void OnStep(int step, int steps);
}
