namespace ViCo.Engine.Diffusion;

/// <summary>Predicts the noise in latents [B, C, h, w] at a timestep, which may lie between two; guidance and references are its own affair.</summary>
internal delegate Tensor NoisePredictor(Tensor latents, double timestep);

/// <summary>A published way from pure noise to clean latents, its timesteps chosen.</summary>
internal interface ISampler
{
    /// <summary>Steps of a run.</summary>
    int Steps { get; }

    /// <summary>From pure noise to clean latents; the result is in the caller's scope.</summary>
    /// <param name="noise">Standard normal [B, C, h, w]; where a sampler starts from another deviation, it scales this itself.</param>
    Tensor Sample(Denoising run, Tensor noise);
}

/// <summary>What a sampler works with, and the loop that all of them share.</summary>
/// <param name="StepNoise">Fresh standard normal noise of the latents' shape, for samplers that add some.</param>
/// <param name="OnStep">Step (0-based), the sampler's state after it and its estimate of the clean latents; both live until it returns.</param>
internal sealed record Denoising(
    NoisePredictor Predict, Func<Tensor> StepNoise, Action<int, Tensor, Tensor>? OnStep = null, CancellationToken CancellationToken = default)
{
    /// <summary>Takes <paramref name="start"/> through all steps; what a step makes beside its state ends with it.</summary>
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

/// <summary>The newest few results of a run, for samplers that look back. Owns them.</summary>
internal sealed class Recent(int capacity) : IDisposable
{
    private readonly List<Tensor> _newestFirst = [];

    public int Count => _newestFirst.Count;

    /// <summary>0: the newest.</summary>
    public Tensor this[int age] => _newestFirst[age];

    public void Add(Tensor tensor)
    {
        _newestFirst.Insert(0, tensor.alias().DetachFromDisposeScope());
        if (Count <= capacity) return;
        _newestFirst[capacity].Dispose();
        _newestFirst.RemoveAt(capacity);
    }

    public void Dispose()
    {
        foreach (var tensor in _newestFirst) tensor.Dispose();
    }
}
