namespace ViCo.Engine.Diffusion;

/// <summary>What a sampler works with, and the loop that all of them share.</summary>
/// <param name="StepNoise">Fresh standard normal noise of the latents' shape, for samplers that add some.</param>
/// <param name="OnStep">Step (0-based), the sampler's state after it and its estimate of the clean
/// latents; both live until it returns.</param>
internal sealed record Denoising(
    NoisePredictor Predict, Func<Tensor> StepNoise, Action<int, Tensor, Tensor>? OnStep = null,
    CancellationToken CancellationToken = default)
{
    /// <summary>
    /// Takes <paramref name="start"/> through all steps. Tensors that a step makes are freed at its end, all but its state.
    /// </summary>
    public Tensor Run(int steps, Tensor start, Func<int, Tensor, (Tensor State, Tensor Clean)> step)
    {
        using var scope = NewDisposeScope();
        var x = start.alias();
        for (var i = 0; i < steps; i++)
        {
            CancellationToken.ThrowIfCancellationRequested();
            (x, var clean) = step(i, x);
            OnStep?.Invoke(i, x, clean);
            scope.DisposeEverythingBut(x);
        }
        return x.MoveToOuterDisposeScope();
    }
}
