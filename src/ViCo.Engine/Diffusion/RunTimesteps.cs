namespace ViCo.Engine.Diffusion;

/// <summary>The timesteps of one sampling, on the device before its first step. Owns its tensors.</summary>
internal sealed class RunTimesteps : IDisposable
{
    private readonly double[] _timesteps;
    private readonly Tensor[] _each;

    /// <param name="timesteps">Every one that the network is run at.</param>
    public RunTimesteps(IEnumerable<double> timesteps, Device device)
    {
        _timesteps = [.. timesteps.Distinct()];
        using var all = NewTensor.Of([.. _timesteps.Select(t => (float)t)], device);
        _each = [.. all.split(1).Select(one => one.DetachFromDisposeScope())];
    }

    /// <summary>How many differ.</summary>
    public int Count => _timesteps.Length;

    /// <summary>A timestep for so many rows [rows], float32: a view in the current scope.</summary>
    /// <exception cref="ArgumentException">The sampling does not have it.</exception>
    public Tensor Of(double timestep, long rows) => Array.IndexOf(_timesteps, timestep) is >= 0 and var at
        ? _each[at].expand(rows)
        : throw new ArgumentException($"Timestep {timestep} is none of the sampling's {_timesteps.Length}.", nameof(timestep));

    public void Dispose()
    {
        foreach (var one in _each) one.Dispose();
    }
}
