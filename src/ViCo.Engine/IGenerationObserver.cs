namespace ViCo.Engine;

/// <summary>Receives a sampling's progress, on the engine's lane.</summary>
public interface IGenerationObserver
{
    /// <summary>Called after every denoising step, 1-based.</summary>
    void OnStep(int step, int steps);

    /// <summary>
    /// How often the first picture is to be shown while it is drawn; each time costs a decoding. The pictures are the same.
    /// </summary>
    int Previews => 0;

    /// <summary>
    /// What the first picture would be after a denoising step: a PNG, <see cref="Previews"/> times, evenly over the steps.
    /// </summary>
    void OnPreview(int step, ReadOnlyMemory<byte> png)
    {
    }
}
